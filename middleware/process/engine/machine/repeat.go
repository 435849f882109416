package machine

import (
	"strconv"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// repeat starts a looped or multi-instance activity.
func (r *run) repeat(t *Token) {
	l := r.node(t).Loop
	if r.depth(r.Scope(t.Scope)) >= MaxDepth || !r.room(1) {
		r.incident(t, "the instance would nest too deep or have too many scopes")
		return
	}
	r.charge(costToken)
	t.State = Nested
	s := r.newScope(Repeat, t.Node, t.Scope, t.ID)
	if !l.Multi {
		if l.TestBefore && l.Condition != nil && !r.holds(l.Condition, view{r, s, t}) {
			r.repeated(t, s)
			return
		}
		r.instance(s, 0)
		return
	}
	reason := r.count(t, s)
	if reason != "" {
		r.incident(t, reason)
		return
	}
	switch {
	case s.Total == 0:
		r.repeated(t, s)
	case l.Sequential:
		r.instance(s, 0)
	case !r.room(s.Total):
		r.incident(t, "the instance would have too many tokens")
	default:
		for i := range s.Total {
			r.instance(s, i)
		}
	}
}

// count finds how many instances there are; the reason why there cannot be any
// is returned.
func (r *run) count(t *Token, s *Scope) string {
	l := r.node(t).Loop
	v := view{r, r.Scope(t.Scope), t}
	if l.Items != nil {
		items, ok := r.eval(l.Items, v).(feel.List)
		if !ok {
			return "the input collection is no list"
		}
		s.Total = len(items)
		if !r.keeps(items) {
			return "the input collection is too large"
		}
		r.define(s, itemsKey, items)
	}
	if l.Cardinality != nil {
		n, ok := r.eval(l.Cardinality, v).(feel.Number)
		count, whole := integer(n, ok)
		if !whole || count < 0 || l.Items != nil && count > int64(s.Total) {
			return "the number of instances is no whole number from 0"
		}
		s.Total = int(min(count, MaxInstances+1))
	}
	if s.Total > MaxInstances {
		return "there would be more than " + strconv.Itoa(MaxInstances) + " instances"
	}
	if l.Results != bpmn.None {
		r.define(s, resultsKey, feel.List{})
	}
	return ""
}

// integer is the value of a whole number.
func integer(n feel.Number, ok bool) (int64, bool) {
	if !ok {
		return 0, false
	}
	return n.Decimal.Int64()
}

// instance starts the instance with that index.
func (r *run) instance(s *Scope, index int) {
	r.charge(costToken)
	t := r.newToken(s, s.Node)
	t.Inner, t.Index = true, index
	s.Started++
	r.push(t)
}

// result collects what an instance of a multi-instance activity contributes.
func (r *run) result(t *Token, own *Scope) {
	l := r.node(t).Loop
	s := r.Scope(t.Scope)
	b := s.binding(resultsKey)
	if b == nil {
		return
	}
	v := view{r, own, t}
	if own == nil {
		v.scope = s
	}
	value := r.eval(l.Result, v)
	list, _ := r.load(s, b).(feel.List)
	next := make(feel.List, max(len(list), t.Index+1))
	copy(next, list)
	next[t.Index] = value
	r.charge(len(next))
	r.define(s, resultsKey, next)
}

// instanceDone ends one instance and decides what follows.
func (r *run) instanceDone(t *Token) {
	s := r.Scope(t.Scope)
	outer := r.Token(s.Owner)
	l := r.node(t).Loop
	r.forget(t)
	s.Completed++
	if r.behave(outer, s); r.err != nil || r.Scope(s.ID) != s {
		return // a thrown event has ended the activity
	}
	v := view{r, s, nil}
	if !l.Multi {
		more := l.Condition == nil || r.holds(l.Condition, v)
		if !more || l.Maximum > 0 && s.Completed >= l.Maximum {
			r.repeated(outer, s)
		} else {
			r.instance(s, s.Completed)
		}
		return
	}
	switch {
	case l.Condition != nil && r.holds(l.Condition, v):
		s.Terminated += s.live
		r.cancelTokens(s, nil)
		r.repeated(outer, s)
	case l.Sequential && s.Started < s.Total:
		r.instance(s, s.Started)
	case s.live == 0:
		r.repeated(outer, s)
	}
}

// behave throws the events of a multi-instance activity's behaviour (BPMN 2.0
// table 10.30). Its own boundary events catch them without interrupting it: the
// behaviour says that the activity goes on.
func (r *run) behave(outer *Token, s *Scope) {
	l := r.node(outer).Loop
	switch l.Behavior {
	case bpmn.BehaviorNone:
		r.throwBehavior(outer, l.Event)
	case bpmn.BehaviorOne:
		if s.Completed == 1 {
			r.throwBehavior(outer, l.Event)
		}
	case bpmn.BehaviorComplex:
		for i := range l.Complex {
			if r.alive(outer) && r.holds(l.Complex[i].Condition, view{r, s, nil}) {
				r.throwBehavior(outer, &l.Complex[i].Event)
			}
		}
	}
}

// repeated ends a looped or multi-instance activity.
func (r *run) repeated(t *Token, s *Scope) {
	l := r.node(t).Loop
	if b := s.binding(resultsKey); b != nil {
		list := r.load(s, b)
		if !r.assign(r.Scope(t.Scope), l.Results, list) {
			r.incident(t, "the value for "+r.model.Variables[l.Results].Name+" has not its type or is too large")
			return
		}
	}
	r.removeScope(s)
	r.clearWaits(t.ID, 0)
	if origin := t.Origin; origin != 0 {
		compensating := r.Token(origin)
		r.forget(t)
		if compensating != nil {
			r.undoNext(compensating)
		}
		return
	}
	t.State = Ready
	r.goOn(t)
}
