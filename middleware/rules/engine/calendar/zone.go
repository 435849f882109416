package calendar

import (
	_ "embed"
	"sort"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./zonegen -out zones.txt

type zoneKind uint8

const (
	zoneNone zoneKind = iota
	zoneOffset
	zoneNamed
)

// Zone is no zone (the zero value), a fixed offset or a named zone. Zones are
// comparable.
type Zone struct {
	kind   zoneKind
	offset int32
	name   string
}

// UTC is the offset zero.
var UTC = Zone{kind: zoneOffset}

// MaxOffset bounds an offset, in seconds either way.
const MaxOffset = 18 * 3600

// FixedZone is an offset in seconds east of UTC; false beyond MaxOffset.
func FixedZone(seconds int) (Zone, bool) {
	return Zone{kind: zoneOffset, offset: int32(seconds)}, seconds >= -MaxOffset && seconds <= MaxOffset
}

// NamedZone is a zone of the frozen table; false for an unknown name.
func NamedZone(name string) (Zone, bool) {
	if _, ok := zoneTable()[name]; !ok {
		return Zone{}, false
	}
	return Zone{kind: zoneNamed, name: name}, true
}

// Name is the name of a named zone, else empty.
func (z Zone) Name() string { return z.name }

func (z Zone) append(b []byte) []byte {
	switch z.kind {
	case zoneNamed:
		return append(append(b, '@'), z.name...)
	case zoneOffset:
		if z.offset == 0 {
			return append(b, 'Z')
		}
		o, sign := int64(z.offset), byte('+')
		if o < 0 {
			o, sign = -o, '-'
		}
		b = appendDigits(append(b, sign), o/3600, 2)
		b = appendDigits(append(b, ':'), o/60%60, 2)
		if o%60 != 0 {
			b = appendDigits(append(b, ':'), o%60, 2)
		}
	}
	return b
}

func parseZone(s string) (Zone, bool) {
	switch {
	case s == "":
		return Zone{}, true
	case s == "Z" || s == "z":
		return UTC, true
	case s[0] == '@':
		return NamedZone(s[1:])
	case s[0] != '+' && s[0] != '-':
		return Zone{}, false
	case len(s) != 6 && len(s) != 9, s[3] != ':', len(s) == 9 && s[6] != ':':
		return Zone{}, false
	}
	h, ok1 := digits(s[1:3])
	m, ok2 := digits(s[4:6])
	var sec int64
	ok3 := true
	if len(s) == 9 {
		sec, ok3 = digits(s[7:])
	}
	if !ok1 || !ok2 || !ok3 || m > 59 || sec > 59 {
		return Zone{}, false
	}
	offset := int(h*3600 + m*60 + sec)
	if s[0] == '-' {
		offset = -offset
	}
	return FixedZone(offset)
}

// zoneRules are a zone's offsets over time: before the first transition the
// first offset, after transitions[i] offsets[i+1]. From the last transition on
// the yearly rule holds, when there is one.
type zoneRules struct {
	transitions []int64
	offsets     []int32
	rule        *yearlyRule
}

//go:embed zones.txt
var zonesText string

// zoneTable reads zones.txt once. Lines are "name=alias target" or
// "name offset delta offset delta offset … [rule]"; '#' starts a comment.
var zoneTable = sync.OnceValue(func() map[string]*zoneRules {
	table := make(map[string]*zoneRules, 640)
	aliases := make([][2]string, 0, 300)
	for line := range strings.Lines(zonesText) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, target, ok := strings.Cut(line, "="); ok && !strings.Contains(name, " ") {
			aliases = append(aliases, [2]string{name, target})
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		table[name] = parseZoneRules(rest)
	}
	for _, a := range aliases {
		table[a[0]] = table[a[1]]
	}
	return table
})

func parseZoneRules(s string) *zoneRules {
	z := &zoneRules{}
	var at int64
	for i, w := range strings.Fields(s) {
		if strings.HasPrefix(w, "rule:") {
			z.rule = parseRule(w[len("rule:"):])
			continue
		}
		v, _ := strconv.ParseInt(w, 10, 64)
		if i%2 == 0 {
			z.offsets = append(z.offsets, int32(v))
		} else {
			at += v
			z.transitions = append(z.transitions, at)
		}
	}
	return z
}

func (z Zone) rules() *zoneRules { return zoneTable()[z.name] }

// standardOffset is the offset outside daylight saving under the last rules.
func (z Zone) standardOffset() int {
	r := z.rules()
	if r.rule != nil {
		return int(min(r.rule.standard, r.rule.daylight))
	}
	return int(r.offsets[len(r.offsets)-1])
}

func (z Zone) offsetAtInstant(t int64) int { return z.rules().at(t) }

// offsetAtLocal is the offset at a local time: in a gap the one before it, in
// an overlap the earlier moment's, as most libraries choose.
func (z Zone) offsetAtLocal(local int64) int {
	r := z.rules()
	before, after := r.at(local-secondsPerDay), r.at(local+secondsPerDay)
	if r.at(local-int64(before)) == before {
		return before
	}
	if r.at(local-int64(after)) == after {
		return after
	}
	return before
}

func (r *zoneRules) at(t int64) int {
	n := sort.Search(len(r.transitions), func(i int) bool { return r.transitions[i] > t })
	if n == len(r.transitions) && r.rule != nil {
		return r.rule.at(t)
	}
	return int(r.offsets[n])
}

// yearlyRule is daylight saving that repeats every year.
type yearlyRule struct {
	standard, daylight int32
	start, end         ruleDay
}

// ruleDay is "the n-th weekday of a month (5 is the last) at seconds after
// local midnight".
type ruleDay struct{ month, week, weekday, seconds int64 }

// parseRule reads standard,daylight,month.week.weekday/seconds twice.
func parseRule(s string) *yearlyRule {
	part := strings.Split(s, ",")
	std, _ := strconv.ParseInt(part[0], 10, 32)
	dst, _ := strconv.ParseInt(part[1], 10, 32)
	return &yearlyRule{int32(std), int32(dst), parseRuleDay(part[2]), parseRuleDay(part[3])}
}

func parseRuleDay(s string) ruleDay {
	var v [4]int64
	for i, w := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '/' }) {
		v[i], _ = strconv.ParseInt(w, 10, 64)
	}
	return ruleDay{v[0], v[1], v[2], v[3]}
}

// inYear is the local moment of the rule's day, in seconds since 1970.
func (d ruleDay) inYear(year int32) int64 {
	first := Date{year, uint8(d.month), 1}.Days()
	weekday := floorMod(first+4, 7) // 0 is Sunday
	day := first + floorMod(d.weekday-weekday, 7) + 7*(d.week-1)
	if last := first + int64(daysIn(int64(year), int(d.month))) - 1; day > last {
		day -= 7
	}
	return day*secondsPerDay + d.seconds
}

func (r *yearlyRule) at(t int64) int {
	date, ok := DateOfDays(floorDiv(t+int64(r.standard), secondsPerDay))
	if !ok {
		return int(r.standard)
	}
	start := r.start.inYear(date.Year) - int64(r.standard)
	end := r.end.inYear(date.Year) - int64(r.daylight)
	inside := start <= t && t < end
	if end < start {
		inside = t >= start || t < end
	}
	if inside {
		return int(r.daylight)
	}
	return int(r.standard)
}
