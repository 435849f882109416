package machine

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// Meter is charged for work before it is done; its errors end a command.
type Meter = feel.Meter

// Decider evaluates deployed decisions. An error other than the machine's own
// becomes an incident.
type Decider interface {
	Decide(m *feel.Machine, name string, inputs *feel.Context) (feel.Value, error)
}

// Engine runs the instances of one model. It is immutable and may be shared.
type Engine struct {
	model     *bpmn.Model
	boundary  [][]int // boundary events by activity
	handler   []int   // compensation handlers by activity
	undoes    []int   // event sub-process that compensates a sub-process
	variables map[string]int
}

// New prepares a verified model to be run.
func New(model *bpmn.Model) *Engine {
	n := len(model.Nodes)
	e := &Engine{model: model, boundary: make([][]int, n), handler: make([]int, n), undoes: make([]int, n), variables: map[string]int{}}
	for i := range model.Nodes {
		e.handler[i], e.undoes[i] = bpmn.None, bpmn.None
	}
	for i := range model.Nodes {
		node := &model.Nodes[i]
		switch {
		case node.Kind == bpmn.BoundaryEvent:
			e.boundary[node.Host] = append(e.boundary[node.Host], i)
		case node.Compensates && node.Host != bpmn.None:
			e.handler[node.Host] = i
		case node.Kind == bpmn.EventSubProcess && has(&model.Nodes[node.Container.Starts[0]], bpmn.Compensation):
			e.undoes[node.Parent] = i
		}
	}
	for i := range model.Variables {
		e.variables[model.Variables[i].Name] = i
	}
	return e
}

// Model is what the engine runs.
func (e *Engine) Model() *bpmn.Model { return e.model }

func (e *Engine) variable(name string) int {
	if i, ok := e.variables[name]; ok {
		return i
	}
	return bpmn.None
}

// has reports whether a node has a trigger of that kind.
func has(n *bpmn.Node, kind bpmn.TriggerKind) bool {
	for i := range n.Triggers {
		if n.Triggers[i].Kind == kind {
			return true
		}
	}
	return false
}

// Options say how a session runs.
type Options struct {
	// Now is the block's time in seconds.
	Now int64
	// Meter may be nil to count nothing.
	Meter Meter
	// Decider may be nil; decisions are then asked for as effects.
	Decider Decider
	// Trace reports which nodes tokens enter and leave.
	Trace bool
	// Collect gives the Ended effect the variables of the process as its payload.
	Collect bool
}

// Session gives commands to one instance at one time. After an error that is not
// one of this package's the instance is broken and must be loaded again.
type Session struct{ run }

// run is the state of a session.
type run struct {
	*Instance
	engine  *Engine
	options Options
	feel    *feel.Machine
	effects []Effect
	err     error
	tracing bool

	ready    []*Token // in the order they are to move
	throwing []*Token
	steps    int
	changed  bool // variables have changed since conditions were looked at

	activationCount int // while a complex gateway's expressions are evaluated
	waitingForStart bool
}

// Open begins a session with an instance of the engine's model.
func (e *Engine) Open(i *Instance, options Options) (*Session, error) {
	now, ok := calendar.FromUnix(options.Now)
	if !ok {
		return nil, fmt.Errorf("machine: the time %d has no date", options.Now)
	}
	return &Session{run{Instance: i, engine: e, options: options, tracing: options.Trace, feel: feel.NewMachine(options.Meter, feel.DefaultLimits, now)}}, nil
}

// Start makes an instance of a process and begins a session with it. With node
// None it starts at the none start events, else at that start event, receive task
// or event gateway, whose trigger brought the variables.
func (e *Engine) Start(process, node int, variables *feel.Context, options Options) (*Session, error) {
	if process < 0 || process >= len(e.model.Processes) || !e.model.Processes[process].Executable {
		return nil, fmt.Errorf("%w: process %d of %d cannot be started", ErrState, process, len(e.model.Processes))
	}
	s, err := e.Open(&Instance{model: e.model, process: process}, options)
	if err != nil {
		return nil, err
	}
	root := e.model.Processes[process].Node
	if node == bpmn.None && len(e.model.Nodes[root].Container.Starts) == 0 {
		return nil, fmt.Errorf("%w: process %q starts by events only", ErrState, e.model.Processes[process].ID)
	}
	if node != bpmn.None && !e.Starts(process, node) {
		return nil, fmt.Errorf("%w: node %d does not start process %q", ErrState, node, e.model.Processes[process].ID)
	}
	if err := storable(variables); err != nil {
		return nil, err
	}
	if err := s.start(root, node, variables); err != nil {
		return nil, err
	}
	return s, nil
}

// Starts reports whether an instance of the process can begin at that node.
func (e *Engine) Starts(process, node int) bool {
	if node < 0 || node >= len(e.model.Nodes) {
		return false
	}
	n := &e.model.Nodes[node]
	if n.Parent != e.model.Processes[process].Node {
		return false
	}
	if n.Kind == bpmn.StartEvent {
		return true
	}
	if n.Instantiate {
		return n.Kind == bpmn.ReceiveTask
	}
	for _, f := range n.In { // what follows an event gateway that instantiates
		if source := &e.model.Nodes[e.model.Flows[f].Source]; source.Kind == bpmn.EventGateway && source.Instantiate {
			return true
		}
	}
	return false
}

// StartEvents lists the nodes that start instances by a trigger, with the
// trigger: what to subscribe to when a model is deployed.
func (e *Engine) StartEvents(process int) (out []StartEvent) {
	for i := range e.model.Nodes {
		n := &e.model.Nodes[i]
		if !e.Starts(process, i) {
			continue
		}
		if n.Work != nil && n.Work.Message != nil {
			out = append(out, StartEvent{i, n.Work.Message})
		}
		for t := range n.Triggers {
			out = append(out, StartEvent{i, &n.Triggers[t]})
		}
	}
	return out
}

// StartEvent is a trigger that makes an instance begin at Node.
type StartEvent struct {
	Node    int
	Trigger *bpmn.Trigger
}

// Instance is what the session works on.
func (s *Session) Instance() *Instance { return s.run.Instance }

// Effects are what has to happen outside, in order, since the session began or
// Effects was called last.
func (s *Session) Effects() []Effect {
	out := s.effects
	s.effects = nil
	return out
}

// StartTimer is when the timer of a start event next makes an instance; Deliver
// has no part in it, as there is no instance yet. The options' time is when the
// model is deployed or, with a wait that StartTimer returned before, when that
// fired. False means never.
func (e *Engine) StartTimer(start StartEvent, last *Wait, options Options) (*Wait, bool, error) {
	s, err := e.Open(&Instance{model: e.model}, options)
	if err != nil {
		return nil, false, err
	}
	if last != nil {
		w := *last
		again := s.again(&w)
		return &w, again, s.feel.Err()
	}
	w := &Wait{Node: start.Node}
	reason := s.schedule(w, start.Trigger, view{r: &s.run})
	return w, reason == "", s.feel.Err()
}
