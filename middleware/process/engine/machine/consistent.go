package machine

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// consistent refuses an imported instance whose parts do not belong together: the
// machine relies on what is checked here.
func (e *Engine) consistent(i *Instance) error {
	c := &consistency{i: i, m: e.model, owned: map[uint32]int{}}
	for _, s := range i.scopes {
		if s.Kind != Local {
			c.owned[s.Owner]++
		}
	}
	if i.status != Running {
		c.require(len(i.scopes)+len(i.tokens)+len(i.waits) == 0, "an instance that has ended holds something")
		return c.err
	}
	c.require(len(i.scopes) > 0 && len(i.scopes) <= MaxScopes && len(i.tokens) <= MaxTokens, "there is no scope")
	last := uint32(0)
	for _, s := range i.scopes {
		c.ordered(&last, s.ID)
	}
	last = 0
	for _, t := range i.tokens {
		c.ordered(&last, t.ID)
	}
	last = 0
	for _, w := range i.waits {
		c.ordered(&last, w.ID)
	}
	for n, s := range i.scopes {
		if c.err == nil {
			c.scope(n, s)
		}
	}
	for _, t := range i.tokens {
		if c.err == nil {
			c.token(t)
		}
	}
	for _, w := range i.waits {
		if c.err == nil {
			c.wait(w)
		}
	}
	return c.err
}

type consistency struct {
	i   *Instance
	m   *bpmn.Model
	err error
	// owned counts the bodies and repetitions of each token.
	owned map[uint32]int
}

func (c *consistency) require(ok bool, format string, args ...any) {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%w: "+format, append([]any{ErrRecord}, args...)...)
	}
}

func (c *consistency) ordered(last *uint32, id uint32) {
	c.require(id > *last && id <= c.i.next, "ids are not in order")
	*last = id
}

// scope checks that a scope belongs to what owns it.
func (c *consistency) scope(n int, s *Scope) {
	node := &c.m.Nodes[s.Node]
	if n == 0 {
		c.require(s.Parent == 0 && s.Owner == 0 && s.Kind == Body && !s.Kept && s.Node == c.m.Processes[c.i.process].Node, "the first scope is not the process")
		return
	}
	parent, owner := c.i.Scope(s.Parent), c.i.Token(s.Owner)
	c.require(parent != nil && parent != s, "scope %d is nowhere", s.ID)
	if c.err != nil {
		return
	}
	depth := 0
	for p := s; p.Parent != 0 && c.err == nil; depth++ {
		p = c.i.Scope(p.Parent)
		c.require(p != nil && depth <= MaxDepth+2, "scope %d is nested without end", s.ID)
	}
	if s.Kept {
		c.require(s.Owner == 0 && s.Kind == Body && node.Container != nil && parent.Kind == Body && node.Parent == parent.Node, "scope %d is not kept where it was", s.ID)
		return
	}
	c.require(owner != nil && owner.Scope == s.Parent, "scope %d has no owner", s.ID)
	if c.err != nil {
		return
	}
	switch s.Kind {
	case Body:
		own := owner.Node == s.Node && node.Container != nil
		work := c.m.Nodes[owner.Node].Work
		called := work != nil && work.Kind == bpmn.Call && work.Process != bpmn.None && c.m.Processes[work.Process].Node == s.Node
		c.require((own || called) && owner.State == Nested, "scope %d is not its owner's", s.ID)
	case Local:
		c.require(owner.Node == s.Node, "scope %d is not its owner's", s.ID)
	case Repeat:
		c.require(owner.Node == s.Node && node.Loop != nil && !owner.Inner && owner.State == Nested, "scope %d repeats nothing", s.ID)
	}
	for _, x := range s.resets {
		c.require(c.m.Nodes[x.node].Parent == s.Node && c.m.Nodes[x.node].Kind == bpmn.ComplexGateway && c.m.Nodes[x.node].Condition != nil, "scope %d resets no gateway of its own", s.ID)
	}
}

// token checks that a token can be where it is in its state.
func (c *consistency) token(t *Token) {
	s, n := c.i.Scope(t.Scope), &c.m.Nodes[t.Node]
	c.require(s != nil, "token %d is nowhere", t.ID)
	if c.err != nil {
		return
	}
	s.live++
	if t.Inner {
		c.require(s.Kind == Repeat && s.Node == t.Node, "token %d is no instance of its activity", t.ID)
		c.require(t.Index < MaxInstances || s.binding(resultsKey) == nil, "token %d is one instance too many", t.ID)
	} else {
		c.require(s.Kind == Body && n.Parent == s.Node, "token %d is not in its container", t.ID)
	}
	c.require(t.Origin == 0 || n.Compensates || n.Kind == bpmn.EventSubProcess, "token %d handles nothing", t.ID)
	c.require(n.Kind != bpmn.ProcessRoot && (len(t.plan) == 0 || t.State == Compensating), "token %d", t.ID)
	switch t.State {
	case Arrived:
		found := false
		for _, f := range n.In {
			found = found || f == t.Flow
		}
		c.require(found, "token %d came by no flow", t.ID)
	case Active:
		c.require(n.Work != nil || n.Kind == bpmn.CatchEvent || n.Kind == bpmn.EventGateway, "token %d waits for nothing", t.ID)
	case Nested:
		c.require(c.owned[t.ID] == 1, "token %d owns %d scopes", t.ID, c.owned[t.ID])
	case Compensating:
		c.require(t.end != planCancel || c.i.Token(s.Owner) != nil, "token %d cancels nothing", t.ID)
	case Incident:
	default:
		c.require(false, "token %d is in state %d", t.ID, t.State)
	}
}

// wait checks that a wait belongs to what waits.
func (c *consistency) wait(w *Wait) {
	n := &c.m.Nodes[w.Node]
	if w.Trigger == bpmn.None {
		c.require(n.Kind == bpmn.ReceiveTask && n.Work != nil && n.Work.Message != nil, "wait %d is for no message", w.ID)
	} else {
		ok := w.Trigger < len(n.Triggers)
		c.require(ok && (n.Triggers[w.Trigger].Kind <= bpmn.Signal || n.Triggers[w.Trigger].Kind == bpmn.Conditional), "wait %d is for nothing", w.ID)
	}
	if c.err != nil {
		return
	}
	if w.Owner == 0 {
		s := c.i.Scope(w.Scope)
		c.require(s != nil && s.Kind == Body && n.Kind == bpmn.StartEvent && n.Parent != bpmn.None && c.m.Nodes[n.Parent].Kind == bpmn.EventSubProcess && c.m.Nodes[n.Parent].Parent == s.Node, "wait %d starts nothing", w.ID)
		return
	}
	t := c.i.Token(w.Owner)
	c.require(t != nil && w.Scope == 0, "wait %d is nobody's", w.ID)
	if c.err != nil {
		return
	}
	if n.Kind == bpmn.BoundaryEvent {
		c.require(n.Host == t.Node && !t.Inner, "wait %d is on another activity", w.ID)
		return
	}
	ok := t.Node == w.Node && (n.Kind == bpmn.CatchEvent || n.Kind == bpmn.ReceiveTask)
	if c.m.Nodes[t.Node].Kind == bpmn.EventGateway {
		for _, f := range c.m.Nodes[t.Node].Out {
			ok = ok || c.m.Flows[f].Target == w.Node
		}
	}
	c.require(ok && t.State == Active, "wait %d is not where its token is", w.ID)
}
