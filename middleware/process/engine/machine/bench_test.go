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
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "instances/s")
}
