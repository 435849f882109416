package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// oneTask is a process with one user task.
func oneTask(tb testing.TB) *bpmn.Model {
	model, err := bpmn.Decode(draw(&block{kind: blockTask, id: "t"}).Encode())
	require.NoError(tb, err)
	return model
}

type meter struct{ used, limit uint64 }

func (m *meter) Charge(units uint64) error {
	if m.used += units; m.limit > 0 && m.used > m.limit {
		return errMeter
	}
	return nil
}

// BenchmarkOneTask starts an instance, stores it, loads it and completes its task.
func BenchmarkOneTask(b *testing.B) {
	engine := machine.New(oneTask(b))
	inputs := feel.NewContext(feel.Entry{Key: "x", Value: feel.Int(1)})
	b.ReportAllocs()
	size, work := 0, uint64(0)
	for b.Loop() {
		m := &meter{}
		s, err := engine.Start(0, bpmn.None, inputs, machine.Options{Now: 1_700_000_000, Meter: m})
		if err != nil {
			b.Fatal(err)
		}
		effects := s.Effects()
		core, changes := s.Instance().Export()
		store := &running{values: map[machine.VariableKey][]byte{}}
		for _, c := range changes {
			store.values[c.Key] = c.Data
		}
		i, err := engine.Import(core, store)
		if err != nil {
			b.Fatal(err)
		}
		s, err = engine.Open(i, machine.Options{Now: 1_700_000_001, Meter: m})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Complete(effects[0].Token, inputs); err != nil || s.Instance().Status() != machine.Completed {
			b.Fatal(err)
		}
		s.Instance().Export()
		size, work = len(core), m.used
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "instances/s")
	b.ReportMetric(float64(size), "core-bytes")
	b.ReportMetric(float64(work), "units/op")
}

// BenchmarkOneOfMany loads an instance with a thousand tokens, completes one of its
// tasks and stores it: the most that one command on an instance can
// have around it.
func BenchmarkOneOfMany(b *testing.B) {
	many := &block{kind: blockMany, id: "m", count: 500, children: []*block{{kind: blockTask, id: "t"}}}
	model, err := bpmn.Decode(draw(many).Encode())
	require.NoError(b, err)
	engine := machine.New(model)
	s, err := engine.Start(0, bpmn.None, nil, machine.Options{})
	require.NoError(b, err)
	core, _ := s.Instance().Export()
	task := s.Effects()[250].Token
	used := uint64(0)
	for b.Loop() {
		i, err := engine.Import(core, nowhere{})
		if err != nil {
			b.Fatal(err)
		}
		m := &meter{}
		s, err := engine.Open(i, machine.Options{Meter: m})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Complete(task, nil); err != nil {
			b.Fatal(err)
		}
		i.Export()
		used = m.used
	}
	b.ReportMetric(float64(len(core)), "core-bytes")
	b.ReportMetric(float64(used), "units/op")
}
