package machine

import (
	"strconv"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// schedule sets when a timer fires; the reason why it never can is returned.
// Fractions of seconds are rounded up.
func (r *run) schedule(w *Wait, t *bpmn.Trigger, v view) string {
	value := r.eval(t.Expr, v)
	now := r.options.Now
	ok := false
	switch t.Timer {
	case bpmn.Date:
		w.Due, ok = moment(value)
	case bpmn.Duration:
		w.Due, ok = after(now, value)
	case bpmn.Cycle:
		ok = r.cycle(w, value)
	}
	if !ok {
		return "the timer gives no time"
	}
	w.Due = max(w.Due, now)
	return ""
}

// moment is a date and time in seconds.
func moment(v feel.Value) (int64, bool) {
	if s, ok := v.(feel.String); ok {
		if d, ok := calendar.ParseDateTime(string(s)); ok {
			v = feel.DateTime{DateTime: d}
		} else if d, ok := calendar.ParseDate(string(s)); ok {
			v = feel.Date{Date: d}
		}
	}
	switch v := v.(type) {
	case feel.Date:
		return seconds(v.Midnight())
	case feel.DateTime:
		return seconds(v.DateTime)
	}
	return 0, false
}

var (
	epoch, _      = calendar.FromUnix(0)
	localEpoch, _ = calendar.ParseDateTime("1970-01-01T00:00:00")
)

// seconds counts from 1970, rounded up; what has no zone is in UTC.
func seconds(d calendar.DateTime) (int64, bool) {
	since, ok := d.Sub(epoch)
	if !d.HasZone() {
		since, ok = d.Sub(localEpoch)
	}
	if since.Nanos > 0 {
		since.Seconds++
	}
	return since.Seconds, ok
}

// after is now and a duration, which may be text.
func after(now int64, v feel.Value) (int64, bool) {
	if s, ok := v.(feel.String); ok {
		v = feel.ParseDuration(string(s))
	}
	at, ok := calendar.FromUnix(now)
	if !ok {
		return 0, false
	}
	switch v := v.(type) {
	case feel.Duration:
		if at, ok = at.Add(v.Duration); ok {
			return seconds(at)
		}
	case feel.Months:
		if at, ok = at.AddMonths(int64(v.Months)); ok {
			return seconds(at)
		}
	}
	return 0, false
}

// maxEvery bounds a period in bytes: what a record can hold.
const maxEvery = 64

// cycle reads R[n]/[start/]period.
func (r *run) cycle(w *Wait, v feel.Value) bool {
	s, ok := v.(feel.String)
	parts := strings.Split(string(s), "/")
	if !ok || len(parts) < 2 || len(parts) > 3 || !strings.HasPrefix(parts[0], "R") {
		return false
	}
	w.Left = -1
	if n := parts[0][1:]; n != "" {
		count, err := strconv.ParseUint(n, 10, 31)
		if err != nil || count == 0 {
			return false
		}
		w.Left = int(count)
	}
	if w.Every = parts[len(parts)-1]; len(w.Every) > maxEvery {
		return false
	}
	next, ok := after(r.options.Now, feel.String(w.Every))
	if !ok || next <= r.options.Now {
		return false // a period that does not pass would fire for ever
	}
	w.Due = next
	if len(parts) == 3 {
		w.Due, ok = moment(feel.String(parts[1]))
	}
	return ok
}

// again sets a cycle's next time, counted from the last one; false when the timer
// has fired for the last time.
func (r *run) again(w *Wait) bool {
	if w.Every == "" || w.Left == 1 {
		return false
	}
	next, ok := after(w.Due, feel.String(w.Every))
	if !ok {
		return false
	}
	if w.Left > 0 {
		w.Left--
	}
	w.Due, w.Done = next, false
	e := r.emit(TimerSet, r.Token(w.Owner), Effect{Wait: w.ID, Due: w.Due})
	e.Node = w.Node
	r.charge(costEffect)
	return true
}
