package calendar

const (
	secondsPerDay  = 86400
	nanosPerSecond = 1_000_000_000
	nanosPerDay    = secondsPerDay * nanosPerSecond
)

// Time is a time of day, to the nanosecond, with or without a zone.
type Time struct {
	Nanos int64 // since midnight
	Zone  Zone
}

// NewTime returns the time of day, or false when a part is out of range.
func NewTime(hour, minute, second, nanos int64, zone Zone) (Time, bool) {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || nanos < 0 || nanos >= nanosPerSecond {
		return Time{}, false
	}
	return Time{(hour*3600+minute*60+second)*nanosPerSecond + nanos, zone}, true
}

// Hour is 0 to 23.
func (t Time) Hour() int { return int(t.Nanos / (3600 * nanosPerSecond)) }

// Minute is 0 to 59.
func (t Time) Minute() int { return int(t.Nanos / (60 * nanosPerSecond) % 60) }

// Second is 0 to 59.
func (t Time) Second() int { return int(t.Nanos / nanosPerSecond % 60) }

// Fraction is the part of a second, in nanoseconds.
func (t Time) Fraction() int64 { return t.Nanos % nanosPerSecond }

// Offset is the seconds east of UTC; false without a zone. A named zone alone
// has no date: its last standard offset stands.
func (t Time) Offset() (int, bool) {
	switch t.Zone.kind {
	case zoneOffset:
		return int(t.Zone.offset), true
	case zoneNamed:
		return t.Zone.standardOffset(), true
	}
	return 0, false
}

// Cmp compares two times; false when only one of them has a zone.
func (t Time) Cmp(u Time) (int, bool) {
	to, tz := t.Offset()
	uo, uz := u.Offset()
	if tz != uz {
		return 0, false
	}
	return cmpInt(t.Nanos-int64(to)*nanosPerSecond, u.Nanos-int64(uo)*nanosPerSecond), true
}

// Order is -1, 0 or 1; a time without a zone takes the offset of the other.
func (t Time) Order(u Time) int {
	to, tz := t.Offset()
	uo, uz := u.Offset()
	if !tz || !uz {
		to, uo = 0, 0
	}
	return cmpInt(t.Nanos-int64(to)*nanosPerSecond, u.Nanos-int64(uo)*nanosPerSecond)
}

// Add moves the time around the clock.
func (t Time) Add(d Duration) Time {
	shift := floorMod(d.Seconds, secondsPerDay)*nanosPerSecond + int64(d.Nanos)
	t.Nanos = floorMod(t.Nanos+shift, nanosPerDay)
	return t
}

// Sub is t - u; false when only one of them has a zone.
func (t Time) Sub(u Time) (Duration, bool) {
	to, tz := t.Offset()
	uo, uz := u.Offset()
	if tz != uz {
		return Duration{}, false
	}
	return durationOfNanos(t.Nanos - u.Nanos - int64(to-uo)*nanosPerSecond), true
}

// DateTime is a date and a time of day, with or without a zone.
type DateTime struct {
	Date Date
	Time Time
}

// Offset is the seconds east of UTC at that moment; false without a zone.
func (d DateTime) Offset() (int, bool) {
	switch d.Time.Zone.kind {
	case zoneOffset:
		return int(d.Time.Zone.offset), true
	case zoneNamed:
		return d.Time.Zone.offsetAtLocal(d.localSeconds()), true
	}
	return 0, false
}

func (d DateTime) localSeconds() int64 {
	return d.Date.Days()*secondsPerDay + d.Time.Nanos/nanosPerSecond
}

// instant is seconds since 1970 in UTC, or in local time without a zone.
func (d DateTime) instant() int64 {
	offset, _ := d.Offset()
	return d.localSeconds() - int64(offset)
}

// HasZone reports whether the moment is absolute.
func (d DateTime) HasZone() bool { return d.Time.Zone.kind != zoneNone }

// Cmp compares two moments; false when only one of them has a zone.
func (d DateTime) Cmp(e DateTime) (int, bool) {
	if d.HasZone() != e.HasZone() {
		return 0, false
	}
	if c := cmpInt(d.instant(), e.instant()); c != 0 {
		return c, true
	}
	return cmpInt(d.Time.Fraction(), e.Time.Fraction()), true
}

// Order is -1, 0 or 1; a moment without a zone takes the offset of the other.
func (d DateTime) Order(e DateTime) int {
	a, b := d.instant(), e.instant()
	if d.HasZone() != e.HasZone() {
		a, b = d.localSeconds(), e.localSeconds()
	}
	if c := cmpInt(a, b); c != 0 {
		return c
	}
	return cmpInt(d.Time.Fraction(), e.Time.Fraction())
}

// Sub is d - e; false when only one of them has a zone.
func (d DateTime) Sub(e DateTime) (Duration, bool) {
	if d.HasZone() != e.HasZone() {
		return Duration{}, false
	}
	return newDuration(d.instant()-e.instant(), d.Time.Fraction()-e.Time.Fraction()), true
}

// Add moves by a duration along the absolute time line.
func (d DateTime) Add(x Duration) (DateTime, bool) {
	sum, ok := Duration{d.instant(), int32(d.Time.Fraction())}.Add(x)
	if !ok {
		return DateTime{}, false
	}
	return fromInstant(sum.Seconds, int64(sum.Nanos), d.Time.Zone)
}

func fromInstant(seconds, nanos int64, zone Zone) (DateTime, bool) {
	offset := 0
	switch zone.kind {
	case zoneOffset:
		offset = int(zone.offset)
	case zoneNamed:
		offset = zone.offsetAtInstant(seconds)
	}
	local := seconds + int64(offset)
	date, ok := DateOfDays(floorDiv(local, secondsPerDay))
	return DateTime{date, Time{floorMod(local, secondsPerDay)*nanosPerSecond + nanos, zone}}, ok
}

// FromUnix is the moment, in UTC, that many seconds after 1970.
func FromUnix(seconds int64) (DateTime, bool) { return fromInstant(seconds, 0, UTC) }

// AddMonths moves the date and keeps the time of day.
func (d DateTime) AddMonths(months int64) (DateTime, bool) {
	date, ok := d.Date.AddMonths(months)
	return DateTime{date, d.Time}, ok
}

// Midnight is the start of the day in UTC, FEEL's reading of a date where a
// date and time is needed (DMN 1.5 §10.3.2.3.6).
func (d Date) Midnight() DateTime { return DateTime{d, Time{Zone: UTC}} }
