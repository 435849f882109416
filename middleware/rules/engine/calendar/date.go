// Package calendar is FEEL's time: dates of the proleptic Gregorian calendar,
// times with an offset or a named zone, and both kinds of duration, read and
// written as XML Schema does with the zone extension of DMN 1.5 §10.3.2.3.
//
// It refuses the machine's clock and the machine's zone files: zones come from
// a table frozen in zones.txt, so every node knows the same zones for ever.
package calendar

// MaxYear bounds the absolute value of a year.
const MaxYear = 999_999_999

// Date is a day of the proleptic Gregorian calendar.
type Date struct {
	Year  int32
	Month uint8
	Day   uint8
}

// NewDate returns the date, or false when there is no such day.
func NewDate(year, month, day int64) (Date, bool) {
	if year < -MaxYear || year > MaxYear || month < 1 || month > 12 || day < 1 || day > 31 {
		return Date{}, false
	}
	d := Date{int32(year), uint8(month), uint8(day)}
	return d, int(day) <= daysIn(int64(d.Year), int(d.Month))
}

func isLeap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func daysIn(year int64, month int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Days counts days since 1970-01-01.
func (d Date) Days() int64 {
	y, m := int64(d.Year), int64(d.Month)
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + int64(d.Day) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// DateOfDays is the date that many days after 1970-01-01, or false beyond the
// supported years.
func DateOfDays(days int64) (Date, bool) {
	const bound = (MaxYear + 2) * 366
	if days < -bound || days > bound {
		return Date{}, false
	}
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	m := (mp+2)%12 + 1
	y := yoe + era*400
	if m <= 2 {
		y++
	}
	return NewDate(y, m, doy-(153*mp+2)/5+1)
}

// Cmp is -1, 0 or 1.
func (d Date) Cmp(e Date) int {
	a := int64(d.Year)<<16 | int64(d.Month)<<8 | int64(d.Day)
	b := int64(e.Year)<<16 | int64(e.Month)<<8 | int64(e.Day)
	return cmpInt(a, b)
}

// Weekday is 1 for Monday to 7 for Sunday.
func (d Date) Weekday() int {
	return int(floorMod(d.Days()+3, 7)) + 1
}

// YearDay is 1 to 366.
func (d Date) YearDay() int {
	return int(d.Days()-Date{d.Year, 1, 1}.Days()) + 1
}

// Week is the ISO 8601 week of the year, 1 to 53.
func (d Date) Week() int {
	// The week belongs to the year that holds its Thursday.
	thursday, ok := DateOfDays(d.Days() + int64(4-d.Weekday()))
	if !ok {
		return 1
	}
	return (thursday.YearDay()-1)/7 + 1
}

// AddMonths moves by months; a day that the new month lacks becomes its last.
func (d Date) AddMonths(months int64) (Date, bool) {
	const bound = 2 * 12 * (MaxYear + 1)
	if months < -bound || months > bound {
		return Date{}, false
	}
	total := int64(d.Year)*12 + int64(d.Month) - 1 + months
	y, m := floorDiv(total, 12), floorMod(total, 12)+1
	return NewDate(y, m, int64(min(int(d.Day), daysIn(y, int(m)))))
}

// MonthsUntil counts whole months from d to e, negative when e is earlier.
func (d Date) MonthsUntil(e Date) int64 {
	months := (int64(e.Year)-int64(d.Year))*12 + int64(e.Month) - int64(d.Month)
	switch {
	case months > 0 && e.Day < d.Day:
		months--
	case months < 0 && e.Day > d.Day:
		months++
	}
	return months
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
