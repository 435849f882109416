package rete_test

import (
	"errors"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

// TestConflictOrder pins each step of the order: salience, recency, number of
// facts, order of declaration, order of patterns.
func TestConflictOrder(t *testing.T) {
	d := newDesk(t, conflictRules+`
rule "low" salience -1 when A() then end
rule "one" when A($x : x) then emit "one" (x = $x) end
rule "two" when A($x : x) B($y : x) then emit "two" (x = $x, y = $y) end
rule "same" when A($x : x) then emit "same" (x = $x) end
rule "pair" when A($x : x) A($y : x > 0) then emit "pair" (x = $x, y = $y) end
rule "high" salience 5 when A($x : x == 1) then emit "high" (x = $x) end`)
	d.add("A", 1)
	d.add("A", 2)
	d.add("B", 9)
	fired, results := d.fire()
	d.want("results", results, "high x=1; two x=2 y=9; two x=1 y=9; pair x=2 y=2; pair x=2 y=1; pair x=1 y=2; "+
		"one x=2; same x=2; pair x=1 y=1; one x=1; same x=1")
	d.want("last", fired[len(fired)-7:], "low low")
}

func TestAgendaGroups(t *testing.T) {
	d := newDesk(t, conflictRules+`
rule "start" when A(x == 0) then focus "late" focus "early" end
rule "main" when A() then end
rule "e" agenda-group "early" when A() then end
rule "l" agenda-group "late" when A() then focus "early" end
rule "never" agenda-group "unfocused" when A() then end`)
	d.add("A", 1)
	d.add("A", 0)
	fired, _ := d.fire()
	d.want("fired", fired, "start e e l l main main")
	if got := d.s.Agenda(3); len(got) != 2 {
		t.Errorf("the group without focus has %v", got)
	}
	if err := d.s.SetFocus("unfocused"); err != nil {
		t.Fatal(err)
	}
	fired, _ = d.fire()
	d.want("fired after focus", fired, "never never")
	if err := d.s.SetFocus("none"); !errors.Is(err, rete.ErrGroup) {
		t.Errorf("an unknown group: %v", err)
	}
}

func TestNoLoopAndLock(t *testing.T) {
	d := newDesk(t, conflictRules+`
rule "count" no-loop when $a : A(x < 3) then update $a (x = $a.x + 1) end
rule "echo" lock-on-active when A($x : x) then emit "echo" (x = $x) end`)
	d.add("A", 0)
	fired, results := d.fire()
	d.want("fired", fired, "count")
	d.want("results", results, "")
	d.add("A", 5)
	fired, results = d.fire()
	d.want("fired after an insertion from outside", fired, "echo")
	d.want("results", results, "echo x=5")
}
