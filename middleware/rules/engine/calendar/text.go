package calendar

import (
	"strconv"
	"strings"
)

// ParseDate reads [-]YYYY-MM-DD.
func ParseDate(s string) (Date, bool) {
	rest, neg := strings.CutPrefix(s, "-")
	if len(rest) < len("2000-01-01") {
		return Date{}, false
	}
	at := len(rest) - len("-01-01")
	year, rest := rest[:at], rest[at:]
	if len(year) < 4 || len(year) > 9 || len(year) > 4 && year[0] == '0' || rest[0] != '-' || rest[3] != '-' {
		return Date{}, false
	}
	y, ok1 := digits(year)
	m, ok2 := digits(rest[1:3])
	d, ok3 := digits(rest[4:])
	if !ok1 || !ok2 || !ok3 {
		return Date{}, false
	}
	if neg {
		y = -y
	}
	return NewDate(y, m, d)
}

// ParseTime reads hh:mm:ss[.f] with an optional zone: Z, ±hh:mm[:ss] or @Name.
// 24:00:00 is midnight, as XML Schema has it.
func ParseTime(s string) (Time, bool) {
	t, _, ok := parseTime(s)
	return t, ok
}

func parseTime(s string) (t Time, endOfDay, ok bool) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return Time{}, false, false
	}
	h, ok1 := digits(s[:2])
	m, ok2 := digits(s[3:5])
	sec, ok3 := digits(s[6:8])
	if !ok1 || !ok2 || !ok3 {
		return Time{}, false, false
	}
	nanos, s, ok := parseFraction(s[8:])
	if !ok {
		return Time{}, false, false
	}
	zone, ok := parseZone(s)
	if !ok {
		return Time{}, false, false
	}
	if h == 24 && m == 0 && sec == 0 && nanos == 0 {
		h, endOfDay = 0, true
	}
	t, ok = NewTime(h, m, sec, nanos, zone)
	return t, endOfDay, ok
}

// parseFraction reads an optional .digits; what follows the ninth is dropped.
func parseFraction(s string) (nanos int64, rest string, ok bool) {
	if !strings.HasPrefix(s, ".") {
		return 0, s, true
	}
	n := 1
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	for i := 1; i <= 9; i++ {
		nanos *= 10
		if i < n {
			nanos += int64(s[i] - '0')
		}
	}
	return nanos, s[n:], n > 1
}

// ParseDateTime reads a date, T and a time; a date alone is its midnight.
func ParseDateTime(s string) (DateTime, bool) {
	day, clock, found := strings.Cut(s, "T")
	date, ok := ParseDate(day)
	if !ok {
		return DateTime{}, false
	}
	if !found {
		return DateTime{Date: date}, true
	}
	t, endOfDay, ok := parseTime(clock)
	if !ok {
		return DateTime{}, false
	}
	if endOfDay {
		date, ok = DateOfDays(date.Days() + 1)
	}
	return DateTime{date, t}, ok
}

// digits reads an unsigned number of at most 18 digits.
func digits(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	var v int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int64(s[i]-'0')
	}
	return v, true
}

// ParseDuration reads a days and time duration: [-]PnDTnHnMn.nS.
func ParseDuration(s string) (Duration, bool) {
	s, neg := strings.CutPrefix(s, "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok {
		return Duration{}, false
	}
	day, clock, hasTime := strings.Cut(s, "T")
	var seconds, nanos int64
	if day != "" {
		n, rest, ok := unit(day, 'D', secondsPerDay)
		if !ok || rest != "" {
			return Duration{}, false
		}
		seconds = n
	}
	if hasTime && clock == "" || !hasTime && day == "" {
		return Duration{}, false
	}
	for _, u := range []struct {
		letter  byte
		seconds int64
	}{{'H', 3600}, {'M', 60}} {
		if n, rest, ok := unit(clock, u.letter, u.seconds); ok {
			seconds, clock = seconds+n, rest
		}
	}
	if clock != "" {
		n, f, ok := parseSeconds(clock)
		if !ok {
			return Duration{}, false
		}
		seconds, nanos = seconds+n, f
	}
	if neg {
		seconds, nanos = -seconds, -nanos
	}
	return NewDuration(seconds, nanos)
}

// parseSeconds reads n[.f]S; the fraction may be empty.
func parseSeconds(s string) (seconds, nanos int64, ok bool) {
	s, ok = strings.CutSuffix(s, "S")
	if !ok {
		return 0, 0, false
	}
	whole, fraction, found := strings.Cut(s, ".")
	n, ok := digits(whole)
	if !ok || n > MaxSeconds/4 {
		return 0, 0, false
	}
	if !found || fraction == "" {
		return n, 0, true
	}
	nanos, rest, ok := parseFraction("." + fraction)
	return n, nanos, ok && rest == ""
}

// unit reads a number followed by the letter, times scale.
func unit(s string, letter byte, scale int64) (value int64, rest string, ok bool) {
	at := strings.IndexByte(s, letter)
	if at < 0 {
		return 0, s, false
	}
	v, ok := digits(s[:at])
	if !ok || v > MaxSeconds/4/scale {
		return 0, s, false
	}
	return v * scale, s[at+1:], true
}

// ParseMonths reads a years and months duration: [-]PnYnM.
func ParseMonths(s string) (Months, bool) {
	s, neg := strings.CutPrefix(s, "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return 0, false
	}
	var total int64
	for _, u := range []struct {
		letter byte
		months int64
	}{{'Y', 12}, {'M', 1}} {
		if n, rest, ok := unit(s, u.letter, u.months); ok {
			total, s = total+n, rest
		}
	}
	if s != "" {
		return 0, false
	}
	if neg {
		total = -total
	}
	return NewMonths(total)
}

// String is the lexical form of XML Schema.
func (d Date) String() string { return string(d.append(nil)) }

func (d Date) append(b []byte) []byte {
	y := int64(d.Year)
	if y < 0 {
		b, y = append(b, '-'), -y
	}
	b = appendDigits(b, y, 4)
	b = append(b, '-')
	b = appendDigits(b, int64(d.Month), 2)
	b = append(b, '-')
	return appendDigits(b, int64(d.Day), 2)
}

// String is the lexical form of XML Schema, with @Name for a named zone.
func (t Time) String() string { return string(t.append(nil)) }

func (t Time) append(b []byte) []byte {
	b = appendDigits(b, int64(t.Hour()), 2)
	b = append(b, ':')
	b = appendDigits(b, int64(t.Minute()), 2)
	b = append(b, ':')
	b = appendDigits(b, int64(t.Second()), 2)
	b = appendFraction(b, t.Fraction())
	return t.Zone.append(b)
}

// String is the lexical form of XML Schema, with @Name for a named zone.
func (d DateTime) String() string {
	return string(d.Time.append(append(d.Date.append(nil), 'T')))
}

// String is the canonical form, largest units first: P1DT2H.
func (d Duration) String() string {
	if d.Sign() == 0 {
		return "PT0S"
	}
	var b []byte
	if d.Sign() < 0 {
		b = append(b, '-')
	}
	b = append(b, 'P')
	days, h, m, s, nanos := d.Parts()
	b = appendUnit(b, days, 'D')
	if h|m|s|nanos != 0 {
		b = append(b, 'T')
	}
	b = appendUnit(b, h, 'H')
	b = appendUnit(b, m, 'M')
	if s|nanos != 0 {
		b = appendFraction(strconv.AppendInt(b, s, 10), nanos)
		b = append(b, 'S')
	}
	return string(b)
}

// String is the canonical form: P1Y2M.
func (m Months) String() string {
	if m == 0 {
		return "P0M"
	}
	var b []byte
	if m < 0 {
		b, m = append(b, '-'), -m
	}
	b = append(b, 'P')
	b = appendUnit(b, int64(m/12), 'Y')
	return string(appendUnit(b, int64(m%12), 'M'))
}

func appendUnit(b []byte, n int64, letter byte) []byte {
	if n == 0 {
		return b
	}
	return append(strconv.AppendInt(b, n, 10), letter)
}

func appendDigits(b []byte, v int64, width int) []byte {
	s := strconv.FormatInt(v, 10)
	for i := len(s); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

func appendFraction(b []byte, nanos int64) []byte {
	if nanos == 0 {
		return b
	}
	b = appendDigits(append(b, '.'), nanos, 9)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}
