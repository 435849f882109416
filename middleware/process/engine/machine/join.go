package machine

import (
	"sort"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// arrived lists the tokens that wait at a node of a scope.
func (r *run) arrived(s *Scope, node int) (out []*Token) {
	for _, t := range r.tokens {
		if t.Scope == s.ID && t.Node == node && t.State == Arrived {
			out = append(out, t)
		}
	}
	return out
}

// byFlow picks the first token on each incoming flow of a node; nil where there
// is none.
func (r *run) byFlow(tokens []*Token, node int) []*Token {
	in := r.model.Nodes[node].In
	out := make([]*Token, len(in))
	for _, t := range tokens {
		for i, f := range in {
			if t.Flow == f && out[i] == nil {
				out[i] = t
				break
			}
		}
	}
	return out
}

// joined ends the tokens that a gateway has taken and puts one at the gateway.
func (r *run) joined(s *Scope, node int, taken []*Token) *Token {
	s.live++
	for _, t := range taken {
		if t != nil {
			r.forget(t)
		}
	}
	s.live--
	return r.newToken(s, node)
}

// joinParallel goes on when every incoming flow has a token (§13.4.1).
func (r *run) joinParallel(s *Scope, node int) {
	for {
		r.charge(costToken)
		taken := r.byFlow(r.arrived(s, node), node)
		for _, t := range taken {
			if t == nil {
				return
			}
		}
		r.push(r.joined(s, node, taken))
	}
}

// gather starts an activity once startQuantity tokens have come.
func (r *run) gather(s *Scope, node int) {
	r.charge(costToken)
	if tokens := r.arrived(s, node); len(tokens) >= r.model.Nodes[node].StartQuantity {
		r.push(r.joined(s, node, tokens[:r.model.Nodes[node].StartQuantity]))
	}
}

// settleJoins fires the inclusive gateways that nothing more can come to and
// resets complex gateways; it reports whether one did.
func (r *run) settleJoins() bool {
	type place struct {
		scope uint32
		node  int
	}
	var places []place
	for _, t := range r.tokens {
		if k := r.node(t).Kind; t.State == Arrived && (k == bpmn.InclusiveGateway || k == bpmn.ComplexGateway) {
			p := place{t.Scope, t.Node}
			if n := len(places); n == 0 || places[n-1] != p {
				places = append(places, p)
			}
		}
	}
	for _, s := range r.scopes {
		for _, x := range s.resets {
			places = append(places, place{s.ID, x.node})
		}
	}
	sort.SliceStable(places, func(a, b int) bool {
		return places[a].scope < places[b].scope || places[a].scope == places[b].scope && places[a].node < places[b].node
	})
	for i, p := range places {
		if i > 0 && places[i-1] == p {
			continue
		}
		s := r.Scope(p.scope)
		if r.model.Nodes[p.node].Kind == bpmn.ComplexGateway && r.model.Nodes[p.node].Condition != nil {
			if r.resetComplex(s, p.node) {
				return true
			}
			continue
		}
		if taken, ok := r.complete(s, p.node, nil); ok {
			r.push(r.joined(s, p.node, taken))
			return true
		}
	}
	return false
}

// complete decides whether a gateway has every token that can still come, as the
// standard says (§13.4.3): no token elsewhere in the scope has a path to a flow
// that lacks one unless it also has a path to a flow that has one, neither by way
// of the gateway. Flows in consumed count as having had theirs. The tokens are
// returned, one for each flow that has one.
func (r *run) complete(s *Scope, node int, consumed []int) ([]*Token, bool) {
	here := r.byFlow(r.arrived(s, node), node)
	in := r.model.Nodes[node].In
	filled := make([]bool, len(in))
	some := false
	for i := range in {
		filled[i] = here[i] != nil
		for _, f := range consumed {
			if f == in[i] {
				filled[i], here[i] = true, nil
			}
		}
		some = some || filled[i]
	}
	if !some {
		return nil, false
	}
	for _, t := range r.tokens {
		if t.Scope != s.ID || t.Node == node {
			continue
		}
		if !r.charge(1 + len(in)/8) {
			return nil, false
		}
		missing, present := false, false
		for i := range in {
			if r.model.Reaches(node, i, t.Node) {
				missing, present = missing || !filled[i], present || filled[i]
			}
		}
		if missing && !present {
			return nil, false
		}
	}
	return here, true
}

// complex routes a token at a complex gateway.
func (r *run) complex(t *Token) {
	n := r.node(t)
	if len(n.In) > 1 && n.Condition != nil && r.waitingForStart {
		return // joinComplex sends its token itself
	}
	r.waitingForStart = true
	r.split(t)
	r.waitingForStart = false
}

// joinComplex looks at the activation condition when a token comes (§13.4.5).
func (r *run) joinComplex(s *Scope, node int) {
	n := &r.model.Nodes[node]
	if n.Condition == nil || s.reset(node) != nil {
		return // settled with the inclusive gateways, or waiting to reset
	}
	tokens := r.arrived(s, node)
	r.activationCount = len(tokens)
	active := r.holds(n.Condition, view{r, s, nil})
	r.activationCount = 0
	if !active {
		return
	}
	taken := r.byFlow(tokens, node)
	x := reset{node: node}
	for i, t := range taken {
		if t != nil {
			x.consumed = append(x.consumed, n.In[i])
		}
	}
	t := r.joined(s, node, taken)
	s.resets = append(s.resets, x)
	r.push(t)
}

func (s *Scope) reset(node int) *reset {
	for i := range s.resets {
		if s.resets[i].node == node {
			return &s.resets[i]
		}
	}
	return nil
}

// resetComplex makes a complex gateway ready to start again once the tokens that
// can still come have come. Only flows whose condition asks for waitingForStart
// fire a second time: the others said what they had to say.
func (r *run) resetComplex(s *Scope, node int) bool {
	x := s.reset(node)
	if x == nil {
		return false
	}
	taken, ok := r.complete(s, node, x.consumed)
	if !ok || r.err != nil {
		return false
	}
	for i := range s.resets {
		if s.resets[i].node == node {
			s.resets = append(s.resets[:i], s.resets[i+1:]...)
			break
		}
	}
	t := r.joined(s, node, taken)
	var again []int
	for _, f := range r.node(t).Out {
		if flow := &r.model.Flows[f]; flow.Again && r.holds(flow.Condition, r.at(t)) {
			again = append(again, f)
		}
	}
	r.send(t, again)
	if len(r.arrived(s, node)) > 0 && r.Scope(s.ID) == s {
		r.joinComplex(s, node) // tokens that came twice begin the next round
	}
	return true
}
