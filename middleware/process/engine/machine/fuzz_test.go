package machine_test

import (
	"errors"
	"math/rand"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

var errMeter = errors.New("the meter is empty")

// poke gives an instance commands of every kind until nothing is left to do.
func poke(t *testing.T, engine *machine.Engine, i *machine.Instance, seed int64) {
	r := rand.New(rand.NewSource(seed))
	now := int64(1_700_000_000)
	for range 30 {
		if i.Status() != machine.Running {
			return
		}
		now += int64(r.Intn(100_000))
		s, err := engine.Open(i, machine.Options{Now: now, Meter: &meter{limit: 200_000}})
		if err != nil {
			t.Fatal(err)
		}
		err = command(r, s, i)
		if err != nil && !errors.Is(err, machine.ErrState) && !errors.Is(err, machine.ErrNotThere) && !errors.Is(err, machine.ErrValue) {
			return // the meter or the steps: the instance would be loaded again
		}
		core, _ := i.Export()
		if i, err = engine.Import(core, nowhere{}); err != nil {
			t.Fatalf("an exported record is refused: %v", err)
		}
	}
}

// nowhere has lost all variables.
type nowhere struct{}

func (nowhere) Variable(machine.VariableKey) ([]byte, error) { return machine.EncodeValue(nil), nil }

func command(r *rand.Rand, s *machine.Session, i *machine.Instance) error {
	token, wait := uint32(0), uint32(0)
	if n := len(i.Tokens()); n > 0 {
		token = i.Tokens()[r.Intn(n)].ID
	}
	if n := len(i.Waits()); n > 0 {
		wait = i.Waits()[r.Intn(n)].ID
	}
	data := contextOf(map[string]any{"x": r.Intn(5)})
	switch r.Intn(10) {
	case 0:
		return s.Throw(token, "ERR-1", data)
	case 1:
		return s.Escalate(token, "ESC_1", data)
	case 2:
		return s.Fail(token, "no")
	case 3:
		return s.Retry(token)
	case 4, 5:
		return s.Deliver(wait, data)
	case 6:
		if names := i.Model().Signals; len(names) > 0 {
			return s.Signal(names[r.Intn(len(names))], data)
		}
		return s.Assign(data)
	case 7:
		return s.Activate(token, r.Intn(len(i.Model().Nodes)))
	}
	return s.Complete(token, data)
}

// FuzzRun: no bytes that decode to a model make the machine panic, whatever
// commands come.
func FuzzRun(f *testing.F) {
	for _, model := range samples(f) {
		f.Add(model.Encode(), int64(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed int64) {
		model, err := bpmn.Decode(data)
		if err != nil {
			return
		}
		engine := machine.New(model)
		for p := range model.Processes {
			s, err := engine.Start(p, bpmn.None, contextOf(map[string]any{"x": 1, "test": "a"}), machine.Options{Now: 1_700_000_000, Meter: &meter{limit: 200_000}})
			if err == nil {
				poke(t, engine, s.Instance(), seed)
			}
		}
	})
}

// FuzzImport: no record makes the machine panic.
func FuzzImport(f *testing.F) {
	models := samples(f)
	var engines []*machine.Engine
	for n, model := range models {
		engines = append(engines, machine.New(model))
		if s, err := engines[n].Start(0, bpmn.None, nil, machine.Options{Now: 1_700_000_000}); err == nil {
			core, _ := s.Instance().Export()
			f.Add(n, core, int64(1))
		}
	}
	f.Fuzz(func(t *testing.T, n int, core []byte, seed int64) {
		if n < 0 || n >= len(engines) {
			return
		}
		i, err := engines[n].Import(core, nowhere{})
		if err != nil {
			return
		}
		if again, _ := i.Export(); len(again) > len(core) {
			t.Fatalf("%x became %x", core, again)
		}
		poke(t, engines[n], i, seed)
	})
}

func startAndPoke(t *testing.T, model *bpmn.Model, seed int64) {
	engine := machine.New(model)
	for p := range model.Processes {
		s, err := engine.Start(p, bpmn.None, contextOf(map[string]any{"x": 5, "test": "ab", "integerVariable": 1}), machine.Options{Now: 1_700_000_000, Meter: &meter{limit: 1_000_000}})
		if err == nil {
			poke(t, engine, s.Instance(), seed)
		}
	}
}
