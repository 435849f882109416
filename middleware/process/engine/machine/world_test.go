package machine_test

import (
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// world is what surrounds the instances of a model: it keeps them as records,
// carries messages and signals between them, and has a clock.
type world struct {
	t         *testing.T
	model     *bpmn.Model
	engine    *machine.Engine
	now       int64
	instances []*running
	agenda    []appointment
	incidents int
	effects   []machine.Effect
	decider   machine.Decider
	depth     int
	// job is asked to do what jobs and tasks ask for.
	job func(*running, machine.Effect)
}

type appointment struct {
	at, order int64
	do        func()
}

// running is an instance with its records.
type running struct {
	instance *machine.Instance
	core     []byte
	values   map[machine.VariableKey][]byte
}

// Variable implements machine.Store.
func (i *running) Variable(key machine.VariableKey) ([]byte, error) { return i.values[key], nil }

func newWorld(t *testing.T, model *bpmn.Model) *world {
	w := &world{t: t, model: model, engine: machine.New(model), now: 1_700_000_000}
	for p := range model.Processes {
		if !model.Processes[p].Executable {
			continue
		}
		for _, s := range w.engine.StartEvents(p) {
			if s.Trigger.Kind == bpmn.Timer {
				w.startTimer(p, s, nil)
			}
		}
	}
	return w
}

// startTimer starts an instance whenever a start timer fires.
func (w *world) startTimer(process int, s machine.StartEvent, last *machine.Wait) {
	wait, ok, err := w.engine.StartTimer(s, last, w.options())
	require.NoError(w.t, err)
	if ok {
		w.at(wait.Due, func() {
			w.begin(process, s.Node, nil)
			w.startTimer(process, s, wait)
		})
	}
}

func (w *world) options() machine.Options { return machine.Options{Now: w.now, Decider: w.decider} }

func (w *world) at(when int64, do func()) {
	w.agenda = append(w.agenda, appointment{when, int64(len(w.agenda)), do})
	sort.SliceStable(w.agenda, func(a, b int) bool { return w.agenda[a].at < w.agenda[b].at })
}

// advance lets time pass.
func (w *world) advance(seconds int64) {
	end := w.now + seconds
	for len(w.agenda) > 0 && w.agenda[0].at <= end {
		next := w.agenda[0]
		w.agenda = w.agenda[1:]
		w.now = max(w.now, next.at)
		next.do()
	}
	w.now = end
}

// start starts a process by id: at its none start events, or else at an event
// that needs nothing from outside.
func (w *world) start(id string, inputs *feel.Context) *running {
	p := w.model.Find(id)
	require.NotEqual(w.t, bpmn.None, p, id)
	node := bpmn.None
	if len(w.model.Nodes[w.model.Processes[p].Node].Container.Starts) == 0 {
		for _, s := range w.engine.StartEvents(p) {
			if s.Trigger.Kind == bpmn.Conditional {
				node = s.Node
			}
		}
		if node == bpmn.None {
			return nil
		}
	}
	return w.begin(p, node, inputs)
}

func (w *world) begin(process, node int, inputs *feel.Context) *running {
	s, err := w.engine.Start(process, node, inputs, w.options())
	require.NoError(w.t, err)
	i := &running{instance: s.Instance(), values: map[machine.VariableKey][]byte{}}
	w.instances = append(w.instances, i)
	w.settle(i, s)
	return i
}

// command loads an instance from its records, gives it a command and stores it.
func (w *world) command(i *running, do func(*machine.Session) error) {
	if i.instance.Status() != machine.Running {
		return
	}
	s, err := w.engine.Open(i.instance, w.options())
	require.NoError(w.t, err)
	require.NoError(w.t, do(s))
	w.settle(i, s)
}

// settle stores an instance, loads it again and does what it asks for.
func (w *world) settle(i *running, s *machine.Session) {
	effects := s.Effects()
	i.store(w)
	w.effects = append(w.effects, effects...)
	w.depth++
	require.Less(w.t, w.depth, 200, "instances call each other without end")
	for _, e := range effects {
		w.do(i, e)
	}
	w.depth--
}

func (i *running) store(w *world) {
	core, changes := i.instance.Export()
	i.core = core
	for _, c := range changes {
		if c.Data == nil {
			delete(i.values, c.Key)
		} else {
			i.values[c.Key] = c.Data
		}
	}
	loaded, err := w.engine.Import(core, i)
	require.NoError(w.t, err)
	i.instance = loaded
	again, more := loaded.Export()
	require.Equal(w.t, core, again, "a record changes when it is loaded and stored")
	require.Empty(w.t, more)
}

func (w *world) do(i *running, e machine.Effect) {
	switch e.Kind {
	case machine.TaskOpened, machine.JobOpened, machine.ContractCalled, machine.DecisionAsked, machine.ProcessCalled:
		if w.job != nil && i.instance.Token(e.Token) != nil {
			w.job(i, e)
		}
	case machine.TimerSet:
		w.at(e.Due, func() {
			if i.instance.Wait(e.Wait) != nil {
				w.command(i, func(s *machine.Session) error { return s.Deliver(e.Wait, nil) })
			}
		})
	case machine.MessageThrown:
		w.message(e)
	case machine.SignalThrown:
		w.signal(i, e)
	case machine.IncidentRaised:
		w.incidents++
	}
}

// message goes to the first wait that suits, else starts an instance.
func (w *world) message(e machine.Effect) {
	for _, i := range w.instances {
		for _, x := range i.instance.Waits() {
			if t := i.instance.Trigger(x); t.Kind == bpmn.Message && w.model.Messages[t.Ref] == e.Name && x.Key == e.Key && !x.Done {
				w.command(i, func(s *machine.Session) error { return s.Deliver(x.ID, e.Payload) })
				return
			}
		}
	}
	w.startBy(bpmn.Message, w.model.Messages, e, nil)
}

// signal goes to all other instances and starts those that begin with it.
func (w *world) signal(from *running, e machine.Effect) {
	// An instance that an event gateway started and that waits for its other events
	// takes them: they start no instance of their own.
	taken := map[int]bool{}
	for _, i := range w.instances {
		for _, x := range i.instance.Waits() {
			if t := i.instance.Trigger(x); t.Kind == bpmn.Signal && w.model.Signals[t.Ref] == e.Name {
				taken[x.Node] = true
			}
		}
	}
	for _, i := range append([]*running(nil), w.instances...) {
		if i != from {
			w.command(i, func(s *machine.Session) error { return s.Signal(e.Name, e.Payload) })
		}
	}
	w.startBy(bpmn.Signal, w.model.Signals, e, taken)
}

func (w *world) startBy(kind bpmn.TriggerKind, names []string, e machine.Effect, taken map[int]bool) {
	for p := range w.model.Processes {
		if !w.model.Processes[p].Executable {
			continue
		}
		for _, s := range w.engine.StartEvents(p) {
			if s.Trigger.Kind == kind && names[s.Trigger.Ref] == e.Name && !taken[s.Node] {
				w.begin(p, s.Node, e.Payload)
			}
		}
	}
}
