package rete_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
)

func TestTruthMaintenance(t *testing.T) {
	d := newDesk(t, conflictRules+`
template Flag
x: int
end
template Chain
x: int
end
rule "flag" when A($x : x) not B(x == $x) then insertLogical Flag(x = mod($x, 10)) end
rule "chain" when Flag($x : x) then insertLogical Chain(x = $x) end`)
	one := d.add("A", 1)
	eleven := d.add("A", 11)
	d.fire()
	d.want("two supports, one fact", d.facts(), "A 1; A 11; Flag 1 logical; Chain 1 logical")
	block := d.add("B", 1)
	d.want("one support left", d.facts(), "A 1; A 11; Flag 1 logical; Chain 1 logical; B 1")
	if err := d.s.Retract(eleven); err != nil {
		t.Fatal(err)
	}
	d.want("no support left", d.facts(), "A 1; B 1")
	if err := d.s.Retract(block); err != nil {
		t.Fatal(err)
	}
	d.fire()
	d.want("supported again", d.facts(), "A 1; Flag 1 logical; Chain 1 logical")
	flag := d.add("Flag", 1)
	d.want("stated", d.facts(), "A 1; Flag 1; Chain 1 logical")
	if err := d.s.Retract(one); err != nil {
		t.Fatal(err)
	}
	d.want("a stated fact stays", d.facts(), "Flag 1; Chain 1 logical")
	if err := d.s.Retract(flag); err != nil {
		t.Fatal(err)
	}
	d.want("all gone", d.facts(), "")
}

func TestAccumulateFunctions(t *testing.T) {
	d := newDesk(t, `template P
k: string
v: decimal
end
template Ask
k: string
end
rule "r" no-loop when
  $ask : Ask($k : k)
  accumulate (P(k == $k, $v : v); $s : sum($v), $n : count(), $all : collect($v))
then emit "all" (k = $k, s = $s, n = $n, all = $all, has = member(2, $all), size = size($all)) end
rule "extremes" salience -1 when
  Ask($k : k)
  accumulate (P(k == $k, $v : v); $lo : min($v), $hi : max($v), $avg : average($v))
then emit "ext" (lo = $lo, hi = $hi, avg = $avg) end`)
	d.add("Ask", "a")
	_, results := d.fire()
	d.want("of nothing", results, `all k="a" s=0 n=0 all=[] has=false size=0`)
	two := d.add("P", "a", rete.Number("2"))
	d.add("P", "b", rete.Number("100"))
	d.add("P", "a", rete.Number("0.5"))
	d.add("P", "a", rete.Number("7.5"))
	_, results = d.fire()
	d.want("of three", results, `all k="a" s=10 n=3 all=[2, 0.5, 7.5] has=true size=3; `+
		"ext lo=0.5 hi=7.5 avg=3."+strings.Repeat("3", 33))
	if err := d.s.Update(two, rete.Text("a"), rete.Number("1e-3")); err != nil {
		t.Fatal(err)
	}
	_, results = d.fire()
	d.want("after an update", results, `all k="a" s=8.001 n=3 all=[0.5, 7.5, 0.001] has=false size=3; `+
		"ext lo=0.001 hi=7.5 avg=2.667")
}

// TestSumsAreExact: a sum does not depend on what came and went.
func TestSumsAreExact(t *testing.T) {
	d := newDesk(t, `template P
v: decimal
end
rule "r" when accumulate (P($v : v); $s : sum($v)) then emit "s" (s = $s) end`)
	d.fire()
	huge := d.add("P", rete.Number("1e40"))
	d.add("P", rete.Number("1e-40"))
	max := d.add("P", rete.Number("4611686018427387903"))
	for range 3 {
		d.add("P", rete.Number("4611686018427387903"))
	}
	_, results := d.fire()
	d.want("rounded", results, "s s=1000000000000000000001844674407371"+"0000000")
	if err := errors.Join(d.s.Retract(huge), d.s.Retract(max)); err != nil {
		t.Fatal(err)
	}
	_, results = d.fire()
	d.want("nothing was lost", results, "s s=13835058055282163709")
}
