package machine

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// EffectKind is what has to happen outside.
type EffectKind uint8

// The kinds of effects. Those marked (answer) expect Complete, Throw or Fail for
// their token.
const (
	// TaskOpened shows a task to its role or assignee (answer).
	TaskOpened EffectKind = iota
	// JobOpened offers a job of type Name (answer).
	JobOpened
	// ContractCalled calls function Name of Target with Args, Amount and Gas
	// (answer).
	ContractCalled
	// DecisionAsked evaluates the decision Name with Payload (answer).
	DecisionAsked
	// ProcessCalled starts the process Name with Payload (answer).
	ProcessCalled
	// WorkClosed takes any of the above back: its token is gone.
	WorkClosed
	// Paid transfers Amount of Asset to Target from what the instance holds.
	Paid
	// TimerSet asks for Timer(Wait) at Due; TimerCleared takes it back.
	TimerSet
	TimerCleared
	// Subscribed waits for the message Name with Key, or the signal Name;
	// Unsubscribed takes it back.
	Subscribed
	Unsubscribed
	// MessageThrown sends Payload to whoever waits for Name with Key, or may be
	// started by it. SignalThrown goes to all other instances and start events.
	MessageThrown
	SignalThrown
	// EscalationThrown left the instance uncaught.
	EscalationThrown
	// IncidentRaised stops a token for the reason in Name; IncidentResolved sets it
	// free.
	IncidentRaised
	IncidentResolved
	// NodeEntered and NodeLeft are history, reported when a session traces.
	NodeEntered
	NodeLeft
	// Ended is the last effect: Status, and who gets the remainder in Target.
	Ended
)

var effectNames = [...]string{
	"task opened", "job opened", "contract called", "decision asked", "process called", "work closed", "paid", "timer set", "timer cleared", "subscribed",
	"unsubscribed", "message thrown", "signal thrown", "escalation thrown", "incident raised", "incident resolved", "node entered", "node left", "ended",
}

// String is the kind in words.
func (k EffectKind) String() string {
	if int(k) < len(effectNames) {
		return effectNames[k]
	}
	return "unknown"
}

// Effect is something that has to happen outside. Which fields are set depends on
// its kind.
type Effect struct {
	Kind  EffectKind
	Token uint32
	Wait  uint32
	// Node is the node that causes it, Role whose step it is or None.
	Node, Role int
	// Name is a job type, function, decision, process, message, signal, escalation
	// code, incident or, for Ended, an error code.
	Name, Key string
	// Text is the script of a job.
	Text string
	// Signal tells a subscription to a signal from one to a message.
	Signal bool
	// Due is in seconds of block time.
	Due    int64
	Status Status
	// Payload is data that goes along, Target an address or assignee.
	Payload                    *feel.Context
	Target, Amount, Asset, Gas feel.Value
	Args                       []feel.Value
}

// emit adds an effect of a token.
func (r *run) emit(kind EffectKind, t *Token, e Effect) *Effect {
	e.Kind, e.Role = kind, bpmn.None
	if t != nil {
		e.Token, e.Node = t.ID, t.Node
		e.Role = r.node(t).Role
	}
	r.effects = append(r.effects, e)
	return &r.effects[len(r.effects)-1]
}

// trace reports history.
func (r *run) trace(kind EffectKind, t *Token) {
	if r.tracing {
		r.emit(kind, t, Effect{Key: ""})
	}
}
