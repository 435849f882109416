package calendar

import "math"

// Duration is a FEEL days and time duration: Seconds plus Nanos, where Nanos
// is 0 to 999,999,999 also below zero.
type Duration struct {
	Seconds int64
	Nanos   int32
}

// MaxSeconds bounds the length of a Duration.
const MaxSeconds = math.MaxInt64 / 4

func newDuration(seconds, nanos int64) Duration {
	return Duration{seconds + floorDiv(nanos, nanosPerSecond), int32(floorMod(nanos, nanosPerSecond))}
}

func durationOfNanos(n int64) Duration { return newDuration(0, n) }

// NewDuration normalises seconds and nanoseconds of any sign; false when out
// of range.
func NewDuration(seconds, nanos int64) (Duration, bool) {
	d := newDuration(seconds, nanos)
	return d, d.Seconds >= -MaxSeconds && d.Seconds <= MaxSeconds
}

// Sign is -1, 0 or 1.
func (d Duration) Sign() int {
	switch {
	case d.Seconds < 0:
		return -1
	case d.Seconds == 0 && d.Nanos == 0:
		return 0
	}
	return 1
}

// Neg is -d.
func (d Duration) Neg() Duration { return newDuration(-d.Seconds, -int64(d.Nanos)) }

// Abs is |d|.
func (d Duration) Abs() Duration {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

// Add is d + e; false when out of range.
func (d Duration) Add(e Duration) (Duration, bool) {
	return NewDuration(d.Seconds+e.Seconds, int64(d.Nanos)+int64(e.Nanos))
}

// Cmp is -1, 0 or 1.
func (d Duration) Cmp(e Duration) int {
	if c := cmpInt(d.Seconds, e.Seconds); c != 0 {
		return c
	}
	return cmpInt(int64(d.Nanos), int64(e.Nanos))
}

// Parts are days, hours, minutes, seconds and nanoseconds of |d|.
func (d Duration) Parts() (days, hours, minutes, seconds, nanos int64) {
	a := d.Abs()
	s := a.Seconds
	return s / secondsPerDay, s / 3600 % 24, s / 60 % 60, s % 60, int64(a.Nanos)
}

// Months is a FEEL years and months duration, in months.
type Months int64

// MaxMonths bounds the length of a Months duration.
const MaxMonths = 12 * (2*MaxYear + 1)

// NewMonths returns the duration, or false when out of range.
func NewMonths(m int64) (Months, bool) {
	return Months(m), m >= -MaxMonths && m <= MaxMonths
}
