package calendar

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestDatesAgainstGo(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		days := r.Int64N(4_000_000) - 2_000_000
		d, ok := DateOfDays(days)
		g := time.Unix(days*86400, 0).UTC()
		if !ok || int(d.Year) != g.Year() || int(d.Month) != int(g.Month()) || int(d.Day) != g.Day() {
			t.Fatalf("day %d is %v, Go says %v", days, d, g)
		}
		_, week := g.ISOWeek()
		if d.Days() != days || d.YearDay() != g.YearDay() || d.Weekday()%7 != int(g.Weekday()) || d.Week() != week {
			t.Fatalf("%v: days %d, day of year %d, weekday %d, week %d", d, d.Days(), d.YearDay(), d.Weekday(), d.Week())
		}
	}
}

// TestZonesAgainstGo compares offsets with the zone data of the machine, for
// zones and years that no later edition of the database rewrites.
func TestZonesAgainstGo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{"Europe/Paris", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Tokyo",
		"Asia/Dhaka", "Asia/Shanghai", "Australia/Melbourne", "Australia/Sydney", "Pacific/Auckland", "Etc/UTC", "Asia/Kolkata", "Europe/Dublin"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		zone, ok := NamedZone(name)
		if !ok {
			t.Fatalf("%s is not known", name)
		}
		for range 200 {
			at := r.Int64N(600_000_000) + 1_000_000_000
			_, want := time.Unix(at, 0).In(loc).Zone()
			if got := zone.offsetAtInstant(at); got != want {
				t.Fatalf("%s at %d: %d, Go says %d", name, at, got, want)
			}
		}
	}
}

func TestLocalTimes(t *testing.T) {
	for text, want := range map[string]int{
		"2021-07-01T12:00:00@Europe/Paris": 7200, "2021-01-01T12:00:00@Europe/Paris": 3600,
		"2021-03-28T02:30:00@Europe/Paris": 3600, "2021-10-31T02:30:00@Europe/Paris": 7200,
		"2100-01-01T00:00:00@Australia/Melbourne": 39600, "1000-01-01T00:00:00@Europe/Paris": 561,
	} {
		d, ok := ParseDateTime(text)
		if got, _ := d.Offset(); !ok || got != want {
			t.Errorf("%s: offset %d, want %d", text, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, s := range []string{
		"2020-02-29", "-0044-03-15", "999999999-12-31", "2016-12-24T23:59:00-08:00", "2016-12-24T23:59:00.123456789@Asia/Dhaka",
		"2016-12-24T23:59:00Z", "2016-12-24T23:59:00",
	} {
		d, ok := ParseDateTime(s)
		got := d.String()
		if len(s) < 18 && d.Time == (Time{}) {
			got = d.Date.String()
		}
		if !ok || got != s {
			t.Errorf("%q reads as %q, %t", s, got, ok)
		}
	}
	for _, s := range []string{"2021-02-29", "2020-1-01", "02020-01-01", "1000000000-01-01", "2020-01-01T", "2020-01-01T24:00:01",
		"2020-01-01T00:00:00+19:00", "2020-01-01T00:00:00@Moon/Base", "2020-01-01T00:00:00.", "+2020-01-01", ""} {
		if d, ok := ParseDateTime(s); ok {
			t.Errorf("%q reads as %v", s, d)
		}
	}
	for s, want := range map[string]string{"P1D": "P1D", "PT24H": "P1D", "-PT1H2M": "-PT1H2M", "PT0.S": "PT0S", "P2DT274M": "P2DT4H34M",
		"-PT0.5S": "-PT0.5S", "PT1000M0.999999999S": "PT16H40M0.999999999S"} {
		if d, ok := ParseDuration(s); !ok || d.String() != want {
			t.Errorf("%q reads as %v, want %s", s, d, want)
		}
	}
	for s, want := range map[string]string{"P26M": "P2Y2M", "-P1Y": "-P1Y", "P0Y": "P0M", "P1Y27M": "P3Y3M"} {
		if m, ok := ParseMonths(s); !ok || m.String() != want {
			t.Errorf("%q reads as %v, want %s", s, m, want)
		}
	}
	for _, s := range []string{"P", "PT", "P0", "1D", "P1H", "P1S", "P1DT", "PT1M1H", "P99999999999999999999D"} {
		if d, ok := ParseDuration(s); ok {
			t.Errorf("%q reads as %v", s, d)
		}
	}
}

func TestEndOfDay(t *testing.T) {
	d, ok := ParseDateTime("2019-12-31T24:00:00")
	if !ok || d.String() != "2020-01-01T00:00:00" {
		t.Errorf("24:00:00 is %v", d)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2020-02-29T12:00:00.5@Europe/Paris", "P1DT2H3M4.5S", "-P1Y2M", "12:00:00+01:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := ParseDateTime(s); ok {
			if again, ok := ParseDateTime(d.String()); !ok || again != d {
				t.Fatalf("%q reads as %v, its text as %v", s, d, again)
			}
		}
		if d, ok := ParseDuration(s); ok {
			if again, ok := ParseDuration(d.String()); !ok || again != d {
				t.Fatalf("%q reads as %v, its text as %v", s, d, again)
			}
		}
		if m, ok := ParseMonths(s); ok {
			if again, ok := ParseMonths(m.String()); !ok || again != m {
				t.Fatalf("%q reads as %v, its text as %v", s, m, again)
			}
		}
	})
}
