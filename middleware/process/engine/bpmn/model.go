// Package bpmn is a compiled process model: the nodes and sequence flows of BPMN
// 2.0 Common Executable with their expressions compiled to FEEL, and its binary
// form.
//
// It reads no XML and runs nothing. Decode refuses bytes that are not a complete
// and consistent model; the packages that execute or analyse a Model rely on
// what Verify has established and check no reference again.
package bpmn

import "github.com/cybermiles/cybermiles/middleware/rules/engine/feel"

// None is the index of nothing.
const None = -1

// Model is a compiled definitions element. It is immutable once decoded and may
// be shared.
type Model struct {
	// Name is the name or id of the definitions.
	Name string
	// Processes can be started or called. Global tasks are processes of one task.
	Processes []Process
	// Nodes holds each process's container before what is in it.
	Nodes []Node
	Flows []Flow
	// Variables are the names that expressions, mappings and inputs use; a Global
	// of an expression is an index here.
	Variables []Variable
	// Messages, Signals, Errors and Escalations are what events refer to.
	Messages, Signals []string
	// Errors and Escalations list codes; an empty code names nothing.
	Errors, Escalations []string
	// Roles are the lanes and participants that tasks belong to.
	Roles []string

	joins []join // by node; see reach.go
}

// Process is a process or a global task.
type Process struct {
	// ID and Name are those of the source.
	ID, Name string
	// Node is the container.
	Node int
	// Executable processes can be started; the others can only be called.
	Executable bool
	// Role is the participant's role, or None.
	Role int
	// Remainder says who gets the value that is left when an instance ends; nil
	// leaves that to whoever started it.
	Remainder feel.Expr
}

// Variable is a process variable.
type Variable struct {
	Name string
	// Type is what values are coerced to; nil takes any value.
	Type *feel.Type
	// Meaning is set for names that the machine computes.
	Meaning Meaning
}

// Meaning is what a name stands for that is no variable.
type Meaning uint8

// The names BPMN 2.0 gives to instances of looped activities (table 10.29) and
// complex gateways (table 10.49).
const (
	Plain Meaning = iota
	LoopCounter
	NumberOfInstances
	NumberOfActiveInstances
	NumberOfCompletedInstances
	NumberOfTerminatedInstances
	ActivationCount
	WaitingForStart
)

// Reserved maps the names that the machine computes to what they mean. The names
// starting with nrOf are those of Flowable and Camunda 7.
var Reserved = map[string]Meaning{
	"loopCounter": LoopCounter, "numberOfInstances": NumberOfInstances, "numberOfActiveInstances": NumberOfActiveInstances,
	"numberOfCompletedInstances": NumberOfCompletedInstances, "numberOfTerminatedInstances": NumberOfTerminatedInstances,
	"nrOfInstances": NumberOfInstances, "nrOfActiveInstances": NumberOfActiveInstances, "nrOfCompletedInstances": NumberOfCompletedInstances,
	"activationCount": ActivationCount, "waitingForStart": WaitingForStart,
}

// Kind is the sort of a node.
type Kind uint8

// The kinds of nodes.
const (
	ProcessRoot Kind = iota
	Task             // none and manual tasks: nothing to do
	UserTask
	ServiceTask
	RuleTask
	ScriptTask
	SendTask
	ReceiveTask
	CallActivity
	SubProcess
	Transaction
	AdHoc
	EventSubProcess
	ExclusiveGateway
	ParallelGateway
	InclusiveGateway
	ComplexGateway
	EventGateway
	StartEvent
	CatchEvent
	ThrowEvent
	BoundaryEvent
	EndEvent
	kinds
)

var kindNames = [...]string{
	"process", "task", "userTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask", "callActivity", "subProcess",
	"transaction", "adHocSubProcess", "eventSubProcess", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway",
	"eventBasedGateway", "startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent",
}

// String is the element's name in BPMN.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Activity reports whether k is a task, sub-process or call.
func (k Kind) Activity() bool { return k >= Task && k <= EventSubProcess }

// Container reports whether k holds other nodes.
func (k Kind) Container() bool { return k == ProcessRoot || k >= SubProcess && k <= EventSubProcess }

// Gateway reports whether k is a gateway.
func (k Kind) Gateway() bool { return k >= ExclusiveGateway && k <= EventGateway }

// Catches reports whether k is an event that waits for its triggers.
func (k Kind) Catches() bool { return k == StartEvent || k == CatchEvent || k == BoundaryEvent }

// Node is a flow node or a container.
type Node struct {
	Kind     Kind
	ID, Name string
	// Parent is the container, None for a process.
	Parent int
	// In and Out are the sequence flows in the order of the source; Default is the
	// one of Out taken when no condition holds, or None.
	In, Out []int
	Default int
	// Role is whose step it is: an index in Roles, or None.
	Role int

	// Triggers are what an event catches or throws; All asks for every one of
	// them (parallelMultiple).
	Triggers []Trigger
	All      bool
	// Host is the activity that a boundary event is attached to, the activity that
	// a compensation handler undoes, or None.
	Host int
	// Interrupting is cancelActivity of a boundary event, isInterrupting of the
	// start of an event sub-process.
	Interrupting bool
	// Compensates marks an activity that runs only as a compensation handler.
	Compensates bool
	// Instantiate marks receive tasks and event gateways that start instances.
	Instantiate bool

	// StartQuantity tokens are consumed to start the activity and
	// CompletionQuantity are sent on each outgoing flow.
	StartQuantity, CompletionQuantity int
	Loop                              *Loop
	// Inputs are evaluated when the activity starts, in its own scope; Outputs
	// when it ends, into the scope around it. A catch event maps its payload by
	// Outputs, a throw event builds it by Inputs.
	Inputs, Outputs []Mapping
	// Work is what a task does.
	Work *Work

	// Container describes what is inside; nil when nothing can be.
	Container *Container
	// Condition is the activation condition of a complex gateway or the completion
	// condition of an ad-hoc sub-process.
	Condition feel.Expr
}

// Container is the inside of a process or sub-process.
type Container struct {
	// Starts are where a token begins when the container is entered: none start
	// events, else nodes without incoming flow.
	Starts []int
	// Events are the event sub-processes.
	Events []int
	// Locals are variables that live and end with the container.
	Locals []int
	// Sequential and CancelRemaining are those of ad-hoc sub-processes; Chosen
	// leaves it to performers which activities start.
	Sequential, CancelRemaining, Chosen bool
}

// Flow is a sequence flow.
type Flow struct {
	ID, Name       string
	Source, Target int
	// Condition is nil for an unconditional flow.
	Condition feel.Expr
	// Again marks the flow of a complex gateway that may fire once more when the
	// gateway resets: its condition asks for waitingForStart.
	Again bool
}

// TriggerKind is the sort of an event definition.
type TriggerKind uint8

// The kinds of event definitions.
const (
	Message TriggerKind = iota
	Timer
	Signal
	Error
	Escalation
	Conditional
	Link
	Compensation
	Cancel
	Terminate
	triggerKinds
)

var triggerNames = [...]string{"message", "timer", "signal", "error", "escalation", "conditional", "link", "compensation", "cancel", "terminate"}

// String is the word that BPMN uses.
func (k TriggerKind) String() string {
	if int(k) < len(triggerNames) {
		return triggerNames[k]
	}
	return "unknown"
}

// TimerKind is which of a timer's three attributes is set.
type TimerKind uint8

// The kinds of timers.
const (
	Date TimerKind = iota
	Duration
	Cycle
)

// Trigger is an event definition.
type Trigger struct {
	Kind TriggerKind
	// Ref is the message, signal, error or escalation, the node that a link leads
	// to or the activity to compensate; None catches any code and compensates
	// everything.
	Ref int
	// Timer is set for timers.
	Timer TimerKind
	// Expr is when a timer fires, what a condition is, or the correlation key of a
	// message; nil when there is none.
	Expr feel.Expr
	// Wait is waitForCompletion of a compensation.
	Wait bool
	// Away marks a message that a message flow takes to another participant.
	Away bool
}

// Loop is the repetition of an activity.
type Loop struct {
	// Multi is multi-instance; otherwise it is a standard loop.
	Multi, Sequential bool
	// TestBefore and Maximum belong to standard loops; Maximum 0 is no maximum.
	TestBefore bool
	Maximum    int
	// Condition continues a standard loop or completes a multi-instance one.
	Condition feel.Expr
	// Cardinality or Items say how many instances there are.
	Cardinality, Items feel.Expr
	// Item is the variable that holds an instance's item, Result the expression
	// that each instance contributes to the variable Results; None or nil when
	// absent.
	Item    int
	Result  feel.Expr
	Results int
	// Behavior and Event say when an event is thrown as instances complete (BPMN
	// 2.0 table 10.30); Complex are the cases of the complex behaviour.
	Behavior Behavior
	Event    *Trigger
	Complex  []ComplexBehavior
}

// Behavior is when a multi-instance activity throws an event.
type Behavior uint8

// The behaviours: never, for each instance, for the first one, as conditions
// say.
const (
	BehaviorAll Behavior = iota
	BehaviorNone
	BehaviorOne
	BehaviorComplex
)

// ComplexBehavior throws an event when its condition holds as an instance
// completes.
type ComplexBehavior struct {
	Condition feel.Expr
	Event     Trigger
}

// Mapping computes a variable.
type Mapping struct {
	Target int
	Value  feel.Expr
}

// WorkKind is who does a task.
type WorkKind uint8

// The ways a task is done.
const (
	// Nothing completes at once.
	Nothing WorkKind = iota
	// Evaluate computes Value into Result.
	Evaluate
	// Job waits for an outside worker of type Name.
	Job
	// Person waits for somebody in the node's role.
	Person
	// Decide evaluates the deployed decision Name into Result.
	Decide
	// Contract calls a function of a contract.
	Contract
	// Call runs the process Process of this model, or the deployed process Name.
	Call
	// SendMessage throws Message.
	SendMessage
	// AwaitMessage waits for Message.
	AwaitMessage
	workKinds
)

// Work is what a task does.
type Work struct {
	Kind WorkKind
	// Name is a job type, decision, contract function signature or deployed
	// process; Text is a script that is not ours to evaluate.
	Name, Text string
	// Value and Result belong to Evaluate, Decide and Contract; Result is None when
	// nothing is kept.
	Value  feel.Expr
	Result int
	// Process is the called process of this model, or None.
	Process int
	// Message is what a send or receive task refers to.
	Message *Trigger
	// Target, Args, Amount and Gas belong to Contract; Assignee to Person. They may
	// be nil.
	Target, Amount, Gas, Assignee feel.Expr
	Args                          []feel.Expr
	// Pays are transfers out of what the instance holds, made when the task
	// completes.
	Pays []Payment
}

// Payment moves value that the instance holds.
type Payment struct {
	// To and Amount are evaluated when the payment is made; Asset is nil for the
	// chain's own coin.
	To, Amount, Asset feel.Expr
}

// Find is the index of the process with that id, or None.
func (m *Model) Find(id string) int {
	for i := range m.Processes {
		if m.Processes[i].ID == id {
			return i
		}
	}
	return None
}

// Lookup is the index of the node with that id, or None.
func (m *Model) Lookup(id string) int {
	for i := range m.Nodes {
		if m.Nodes[i].ID == id {
			return i
		}
	}
	return None
}

// VariableIndex is the index of a variable by name, or None.
func (m *Model) VariableIndex(name string) int {
	for i := range m.Variables {
		if m.Variables[i].Name == name {
			return i
		}
	}
	return None
}

// Root is the process container around node n.
func (m *Model) Root(n int) int {
	for m.Nodes[n].Parent != None {
		n = m.Nodes[n].Parent
	}
	return n
}

// Within reports whether node n is container c or inside it.
func (m *Model) Within(n, c int) bool {
	for ; n != None; n = m.Nodes[n].Parent {
		if n == c {
			return true
		}
	}
	return false
}
