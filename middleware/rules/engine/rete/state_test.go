package rete_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// stateRules leave every part of the state filled: logical facts, a focus stack,
// pending and fired activations, long numbers.
const stateRules = `
template A
x: int
s: string
d: decimal
b: boolean
end
template L
x: int
end
rule "support" when A($x : x, b) then insertLogical L(x = mod($x, 2)) focus "side" end
rule "again" agenda-group "side" when L($x : x) A(x == $x) then halt end
rule "none" agenda-group "later" when not L(x == 9) then end`

func stateDesk(t testing.TB) *desk {
	d := newDesk(t, stateRules)
	d.add("A", 1, "one", rete.Number("1.5"), true)
	d.add("A", 2, "", rete.Number("-1e-100"), true)
	d.add("A", 3, "one", rete.Number("123456789012345678901234"), true)
	if _, err := d.s.Fire(rete.Limits{Firings: 2}, nil); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExportImport(t *testing.T) {
	d := stateDesk(t)
	if len(d.s.Focus()) == 0 || d.s.Len() < 4 {
		t.Fatal("the state is not rich enough")
	}
	state, err := d.s.Export()
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.e.Import(state, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Export()
	if err != nil || !bytes.Equal(state, again) {
		t.Errorf("the imported session exports other bytes (%v)", err)
	}
	mine, errA := d.s.Fire(rete.Limits{}, nil)
	theirs, errB := s.Fire(rete.Limits{}, nil)
	if errA != nil || errB != nil || mine.Firings != theirs.Firings || mine.Firings == 0 {
		t.Errorf("%+v (%v), the imported one %+v (%v)", mine, errA, theirs, errB)
	}
}

func TestImportRefuses(t *testing.T) {
	d := stateDesk(t)
	state, err := d.s.Export()
	if err != nil {
		t.Fatal(err)
	}
	for n := range state {
		if _, err := d.e.Import(state[:n], nil); !errors.Is(err, rete.ErrState) {
			t.Errorf("the first %d of %d bytes: %v", n, len(state), err)
		}
	}
	if _, err := d.e.Import(append(bytes.Clone(state), 0), nil); !errors.Is(err, rete.ErrState) {
		t.Errorf("a trailing byte: %v", err)
	}
	other := newDesk(t, stateRules+"\nrule \"more\" when L() then end")
	if _, err := other.e.Import(state, nil); !errors.Is(err, rete.ErrState) {
		t.Errorf("the state of another model: %v", err)
	}
	m := purse(10)
	if _, err := d.e.Import(state, &m); !errors.Is(err, errEmpty) {
		t.Errorf("import with an empty purse: %v", err)
	}
	// Whatever one changed byte does, the import refuses it or gives a session
	// that exports exactly these bytes.
	for i := range state {
		for _, flip := range []byte{1, 2, 0x80} {
			changed := bytes.Clone(state)
			changed[i] ^= flip
			checkImport(t, d.e, changed)
		}
	}
}

func checkImport(t *testing.T, e *rete.Engine, state []byte) {
	t.Helper()
	m := purse(1_000_000)
	s, err := e.Import(state, &m)
	if err != nil {
		if !errors.Is(err, rete.ErrState) && !errors.Is(err, errEmpty) {
			t.Fatalf("an error of another kind: %v", err)
		}
		return
	}
	again, err := s.Export()
	if err != nil || !bytes.Equal(state, again) {
		t.Fatalf("it imports but exports other bytes (%v):\n%x\n%x", err, state, again)
	}
	if _, err := s.Fire(rete.Limits{Firings: 5}, nil); err != nil && !errors.Is(err, errEmpty) {
		t.Fatal(err)
	}
}

func FuzzImport(f *testing.F) {
	d := stateDesk(f)
	state, err := d.s.Export()
	if err != nil {
		f.Fatal(err)
	}
	const header = 4 + 1 + 32
	f.Add(state[header:])
	f.Fuzz(func(t *testing.T, body []byte) {
		checkImport(t, d.e, append(bytes.Clone(state[:header]), body...))
	})
}

// FuzzLoad: a model that decodes loads, and a session on it survives facts and
// firings under a meter.
func FuzzLoad(f *testing.F) {
	for _, p := range []program{manners(2), waltz(1)} {
		f.Add(encodeText(f, p.source(f)))
	}
	f.Add(encodeText(f, stateRules))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := rete.LoadBinary(data)
		if err != nil {
			return
		}
		m := purse(20_000)
		s, err := e.NewSession(&m)
		if err != nil {
			return
		}
		for range 2 {
			for i, template := range e.Model().Templates {
				var slots []rete.Value
				for k, slot := range template.Slots {
					slots = append(slots, someValue(slot.Type, k))
				}
				if _, err := s.Insert(uint32(i), slots...); err != nil && !errors.Is(err, errEmpty) && !errors.Is(err, rete.ErrBroken) {
					t.Fatal(err)
				}
			}
			if _, err := s.Fire(rete.Limits{Firings: 20}, nil); err != nil {
				return
			}
		}
		state, err := s.Export()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Import(state, nil); err != nil {
			t.Fatalf("the exported state does not import: %v", err)
		}
	})
}
