// Package machine runs compiled process models: it moves tokens, holds variables
// and waits, and says what has to happen outside.
//
// It refuses every source of difference between nodes: no clock (the time of a
// step is given), no floats, no map order, no goroutines. Work is charged to a
// Meter. It calls nothing: tasks, contract calls, payments, timers, messages and
// signals leave as Effects in a fixed order, and their results come back as
// commands. What a model cannot do at run time becomes an incident on the token
// concerned and never a panic.
package machine

import (
	"errors"
	"sort"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// The errors of commands. Those of ErrNotThere, ErrState and ErrValue change
// nothing; after ErrSteps or any other error, which is the meter's, the instance
// must be loaded again.
var (
	ErrNotThere = errors.New("machine: there is no such token or wait; reload the instance")
	ErrState    = errors.New("machine: the token or instance is not in a state that allows this")
	ErrSteps    = errors.New("machine: the process takes too many steps without waiting")
	ErrValue    = errors.New("machine: the value cannot be stored")
)

// Status is the state of an instance.
type Status uint8

// The states of an instance.
const (
	Running Status = iota
	Completed
	// Terminated by a terminate end event.
	Terminated
	// Failed by an error that nothing caught; see Instance.Code.
	Failed
	// Canceled from outside.
	Canceled
)

var statusNames = [...]string{"running", "completed", "terminated", "failed", "canceled"}

// String is the state in a word.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// The limits of an instance. They are part of consensus.
const (
	// MaxTokens bounds the tokens, MaxScopes the scopes of an instance.
	MaxTokens, MaxScopes = 1024, 2048
	// MaxDepth bounds scopes within scopes: calls and sub-processes.
	MaxDepth = 64
	// MaxInstances bounds the instances of a multi-instance activity.
	MaxInstances = 1000
	// MaxSteps bounds the steps of one command.
	MaxSteps = 10_000
	// MaxUndo bounds the completed activities that can still be compensated.
	MaxUndo = 1024
	// MaxValue bounds a stored variable in bytes.
	MaxValue = 1 << 16
	// MaxKey bounds a correlation key in bytes.
	MaxKey = 256
)

// TokenState is what a token is doing.
type TokenState uint8

// The states of tokens. Ready and Throwing occur within a command only.
const (
	Ready TokenState = iota
	// Throwing is about to send a message or signal, which happens after all other
	// tokens have moved.
	Throwing
	// Arrived waits at a join.
	Arrived
	// Active waits for the outside: a person, job, call or event.
	Active
	// Nested waits for a scope that it owns.
	Nested
	// Compensating waits for compensation handlers.
	Compensating
	// Incident waits for Retry.
	Incident
)

// Token is a place where an instance is.
type Token struct {
	ID, Scope uint32
	Node      int
	State     TokenState
	// Flow is the sequence flow that an Arrived token came by, or None.
	Flow int
	// Inner marks one instance of a repeated activity, Index which one, from 0.
	Inner bool
	Index int
	// Origin is the compensating token that a handler runs for, 0 for none.
	Origin uint32
	// Reason is what an Incident token could not do.
	Reason string
	// plan is what a Compensating token has still to undo; end says what it does
	// then.
	plan []undo
	end  planEnd
}

type planEnd uint8

const (
	planLeave  planEnd = iota // the throw event goes on
	planVanish                // nobody waited
	planCancel                // the transaction is left by its cancel event
)

// undo is a completed activity that can be compensated.
type undo struct {
	node  int
	scope uint32 // where its handler runs
	kept  uint32 // its own scope, if it has been kept
	drop  bool   // only drop kept
}

// ScopeKind is what a scope belongs to.
type ScopeKind uint8

// The kinds of scopes.
const (
	// Body is a running process or sub-process.
	Body ScopeKind = iota
	// Local holds the variables of one task.
	Local
	// Repeat is a repeated activity; its tokens are the instances.
	Repeat
)

// Scope holds variables and the tokens of a container.
type Scope struct {
	ID, Parent uint32
	// Owner is the token that waits for the scope, 0 for the instance itself.
	Owner uint32
	Node  int
	Kind  ScopeKind
	// Barrier ends the lookup of variables here.
	Barrier bool
	// Kept scopes have ended and wait to be compensated.
	Kept bool
	// Finishing ad-hoc sub-processes start nothing more.
	Finishing bool
	// Total, Started, Completed and Terminated count the instances of a Repeat.
	// Started also counts the activities that an ad-hoc sub-process began.
	Total, Started, Completed, Terminated int

	live   int // tokens in it
	undo   []undo
	resets []reset
	vars   []binding
}

// reset is a complex gateway that waits for its remaining tokens.
type reset struct {
	node     int
	consumed []int // flows whose token activated it
}

// binding is a variable of a scope.
type binding struct {
	variable int
	value    feel.Value
	loaded   bool
	dirty    bool
}

// Wait is something that an instance waits for.
type Wait struct {
	ID uint32
	// Owner is the token that waits, 0 when Scope waits for the start of an event
	// sub-process.
	Owner, Scope uint32
	// Node is the event or receive task, Trigger the index of its trigger; None is
	// the message of a receive task.
	Node, Trigger int
	// Key is the correlation key of a message.
	Key string
	// Due is when a timer fires, in seconds; Left how often it still does, negative
	// for no end, and Every the period.
	Due   int64
	Left  int
	Every string
	// Done marks a trigger that has come while others of the event are missing.
	Done bool
	// Last is what a condition was when it was last looked at.
	Last bool
}

// Instance is a running process. It belongs to one Session at a time.
type Instance struct {
	model   *bpmn.Model
	process int
	status  Status
	code    string // of the error that failed it
	next    uint32
	scopes  []*Scope // by ID
	tokens  []*Token // by ID
	waits   []*Wait  // by ID
	store   Store
	gone    []VariableKey // stored variables that are no more
}

// Model is what the instance runs.
func (i *Instance) Model() *bpmn.Model { return i.model }

// Process is the index of the process it was started as.
func (i *Instance) Process() int { return i.process }

// Status is whether it still runs.
func (i *Instance) Status() Status { return i.status }

// Code is the code of the error that failed it.
func (i *Instance) Code() string { return i.code }

// Tokens lists the tokens in the order they were made. The caller must not
// change them.
func (i *Instance) Tokens() []*Token { return i.tokens }

// Waits lists what the instance waits for in the order it began to. The caller
// must not change them.
func (i *Instance) Waits() []*Wait { return i.waits }

// Token is the token with that id, or nil.
func (i *Instance) Token(id uint32) *Token {
	n := sort.Search(len(i.tokens), func(n int) bool { return i.tokens[n].ID >= id })
	if n < len(i.tokens) && i.tokens[n].ID == id {
		return i.tokens[n]
	}
	return nil
}

// Scope is the scope with that id, or nil.
func (i *Instance) Scope(id uint32) *Scope {
	n := sort.Search(len(i.scopes), func(n int) bool { return i.scopes[n].ID >= id })
	if n < len(i.scopes) && i.scopes[n].ID == id {
		return i.scopes[n]
	}
	return nil
}

// Wait is the wait with that id, or nil.
func (i *Instance) Wait(id uint32) *Wait {
	n := sort.Search(len(i.waits), func(n int) bool { return i.waits[n].ID >= id })
	if n < len(i.waits) && i.waits[n].ID == id {
		return i.waits[n]
	}
	return nil
}

// Variables lists the variables of all scopes, scope by scope.
func (i *Instance) Variables() (keys []VariableKey) {
	for _, key := range i.Stored() {
		if key.Variable < itemsKey {
			keys = append(keys, key)
		}
	}
	return keys
}

// Stored lists all that is stored for the instance beside its core record: the
// variables, and the lists of multi-instance activities.
func (i *Instance) Stored() (keys []VariableKey) {
	for _, s := range i.scopes {
		for _, b := range s.vars {
			keys = append(keys, VariableKey{s.ID, b.variable})
		}
	}
	return keys
}

// Trigger is what a wait waits for.
func (i *Instance) Trigger(w *Wait) *bpmn.Trigger {
	n := &i.model.Nodes[w.Node]
	if w.Trigger == bpmn.None {
		return n.Work.Message
	}
	return &n.Triggers[w.Trigger]
}

func (i *Instance) node(t *Token) *bpmn.Node { return &i.model.Nodes[t.Node] }

func (i *Instance) id() uint32 {
	i.next++
	return i.next
}

// newToken adds a token.
func (i *Instance) newToken(scope *Scope, node int) *Token {
	t := &Token{ID: i.id(), Scope: scope.ID, Node: node, Flow: bpmn.None}
	i.tokens = append(i.tokens, t)
	scope.live++
	return t
}

// newScope adds a scope below the one that token owner is in.
func (i *Instance) newScope(kind ScopeKind, node int, parent, owner uint32) *Scope {
	s := &Scope{ID: i.id(), Parent: parent, Owner: owner, Node: node, Kind: kind}
	i.scopes = append(i.scopes, s)
	return s
}

// owned is the scope of that kind that a token owns, or nil.
func (i *Instance) owned(t *Token, kind ScopeKind) *Scope {
	for _, s := range i.scopes {
		if s.Owner == t.ID && s.Kind == kind && !s.Kept {
			return s
		}
	}
	return nil
}

// depth counts the scopes around s.
func (i *Instance) depth(s *Scope) int {
	n := 1
	for s.Parent != 0 && n <= MaxDepth {
		s = i.Scope(s.Parent)
		n++
	}
	return n
}

// removeToken takes a token out of the instance.
func (i *Instance) removeToken(t *Token) {
	for n, x := range i.tokens {
		if x == t {
			i.tokens = append(i.tokens[:n], i.tokens[n+1:]...)
			i.Scope(t.Scope).live--
			return
		}
	}
}

// removeScope takes a scope and everything kept below it out of the instance.
func (i *Instance) removeScope(s *Scope) {
	for n := 0; n < len(i.scopes); n++ {
		if below := i.scopes[n]; below.Parent == s.ID {
			i.removeScope(below)
			n = -1 // the list has changed
		}
	}
	for n, x := range i.scopes {
		if x == s {
			i.scopes = append(i.scopes[:n], i.scopes[n+1:]...)
			break
		}
	}
	for _, b := range s.vars {
		i.gone = append(i.gone, VariableKey{s.ID, b.variable})
	}
}

// alive reports whether a token is still in the instance.
func (i *Instance) alive(t *Token) bool { return i.Token(t.ID) == t }
