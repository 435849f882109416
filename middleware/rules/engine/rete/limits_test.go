package rete_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// purse is a meter with so many units in it.
type purse uint64

var errEmpty = errors.New("the purse is empty")

func (p *purse) Charge(units uint64) error {
	if units > uint64(*p) {
		*p = 0
		return errEmpty
	}
	*p -= purse(units)
	return nil
}

// TestMeter runs a program under every kind of purse: too little breaks the
// session, enough gives the same result at the same cost.
func TestMeter(t *testing.T) {
	p := manners(8)
	e := p.load(t)
	free, want := p.run(t, e)
	total := free.Work()
	for _, units := range []uint64{0, 1, 100, total / 2, total - 1, total} {
		m := purse(units)
		err := p.runMetered(t, e, &m)
		if enough := units == total; enough != (err == nil) {
			t.Errorf("%d of %d units: %v", units, total, err)
		} else if !enough && !errors.Is(err, errEmpty) {
			t.Errorf("%d units: %v is not the meter's error", units, err)
		}
		if units == total && m != 0 {
			t.Errorf("%d units are left of the exact amount", m)
		}
	}
	if want.Firings == 0 {
		t.Error("nothing fired")
	}
}

func (p program) runMetered(t *testing.T, e *rete.Engine, m rete.Meter) error {
	s, err := e.NewSession(m)
	if err != nil {
		return err
	}
	for _, f := range p.facts {
		template, _ := e.Template(f.template)
		if _, err := s.Insert(template, f.slots...); err != nil {
			return wantBroken(t, s, err)
		}
	}
	if _, err := s.Fire(rete.Limits{}, nil); err != nil {
		return wantBroken(t, s, err)
	}
	return nil
}

func wantBroken(t *testing.T, s *rete.Session, err error) error {
	t.Helper()
	if again := s.Retract(1); !errors.Is(again, rete.ErrBroken) {
		t.Errorf("a session that the meter stopped answers %v", again)
	}
	if _, again := s.Export(); !errors.Is(again, rete.ErrBroken) {
		t.Errorf("a session that the meter stopped exports: %v", again)
	}
	return err
}

// TestHostileJoin: a rule whose matches explode is stopped by the meter soon
// after the limit, with little memory used.
func TestHostileJoin(t *testing.T) {
	var rules strings.Builder
	rules.WriteString(conflictRules + "rule \"r\" when\n")
	for range 20 {
		rules.WriteString("A()\n")
	}
	rules.WriteString("then end")
	e := load(t, rules.String())
	m := purse(100_000)
	s, err := e.NewSession(&m)
	if err != nil {
		t.Fatal(err)
	}
	for i := int64(0); ; i++ {
		if _, err := s.Insert(0, rete.Int(i)); err != nil {
			if !errors.Is(err, errEmpty) {
				t.Fatal(err)
			}
			break
		}
	}
	if s.Work() > 110_000 {
		t.Errorf("%d units of work for a limit of 100,000", s.Work())
	}
}

// TestTokenLimit: without a meter too, a join that explodes is stopped.
func TestTokenLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("four million tokens take a second; run without -short")
	}
	d := newDesk(t, conflictRules+"rule \"r\" when A() A() A() B() then end")
	for x := range 160 { // 160 + 160² + 160³ tokens; with 161 there are too many
		d.add("A", x)
	}
	state, err := d.s.Export()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.s.Insert(0, rete.Int(160)); !errors.Is(err, rete.ErrTokens) {
		t.Errorf("one past the limit: %v", err)
	}
	if _, err := d.e.Import(state, nil); err != nil {
		t.Errorf("the last state before the limit: %v", err)
	}
}

func TestFactLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("a million facts take a few seconds; run without -short")
	}
	d := newDesk(t, "template A\nend\ntemplate B\nend\nrule \"r\" when B() then insert A() end")
	d.add("B")
	for range rete.MaxFacts - 1 {
		if _, err := d.s.Insert(0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.s.Insert(0); !errors.Is(err, rete.ErrFacts) {
		t.Errorf("one past the limit: %v", err)
	}
	if _, err := d.s.Fire(rete.Limits{}, nil); !errors.Is(err, rete.ErrFacts) {
		t.Errorf("a rule goes past the limit: %v", err)
	}
	if d.s.Len() != rete.MaxFacts {
		t.Errorf("%d facts", d.s.Len())
	}
}
