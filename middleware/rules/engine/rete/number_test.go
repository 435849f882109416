package rete

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

func bareSession(t *testing.T) *Session {
	t.Helper()
	e, err := Load(&model.Model{Groups: []string{"MAIN"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// randomInt gives integers of all sizes, often next to the bounds of a cell.
func randomInt(r *rand.Rand) *big.Int {
	x := big.NewInt(r.Int64N(5) - 2)
	switch r.IntN(4) {
	case 0:
		x.Add(x, new(big.Int).Lsh(big.NewInt(1), uint(r.IntN(110))))
	case 1:
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), 62))
	case 2:
		x.Add(x, big.NewInt(r.Int64()>>r.IntN(63)))
	}
	if r.IntN(2) == 0 {
		x.Neg(x)
	}
	return x
}

// TestIntegersAgainstBig compares int arithmetic, fast path and decimal path
// alike, with math/big.
func TestIntegersAgainstBig(t *testing.T) {
	s := bareSession(t)
	r := rand.New(rand.NewPCG(1, 2))
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(model.MaxDigits), nil)
	ops := map[model.Op]func(z, x, y *big.Int) *big.Int{
		model.OpAdd: (*big.Int).Add, model.OpSub: (*big.Int).Sub, model.OpMul: (*big.Int).Mul,
		model.OpIntDiv: (*big.Int).Quo, model.OpMod: (*big.Int).Rem,
	}
	refused := 0
	for range 100_000 {
		x, y := randomInt(r), randomInt(r)
		a, errA := s.intern(Number(x.String()), model.Int)
		b, errB := s.intern(Number(y.String()), model.Int)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := s.compareNumbers(a, b); got != x.Cmp(y) {
			t.Fatalf("%s compares with %s as %d", x, y, got)
		}
		if (a == b) != (x.Cmp(y) == 0) {
			t.Fatalf("cells of %s and %s", x, y)
		}
		for _, op := range []model.Op{model.OpAdd, model.OpSub, model.OpMul, model.OpIntDiv, model.OpMod} {
			c, ok := s.arithmetic(op, model.Int, a, b)
			if y.Sign() == 0 && (op == model.OpIntDiv || op == model.OpMod) {
				if ok {
					t.Fatalf("%s %s 0 has a value", x, op)
				}
				continue
			}
			want := ops[op](new(big.Int), x, y)
			if fits := want.CmpAbs(bound) < 0; fits != ok {
				t.Fatalf("%s %s %s = %s: %v", x, op, y, want, ok)
			}
			if !ok {
				refused++
				continue
			}
			if got := s.numberText(c); got != want.String() {
				t.Fatalf("%s %s %s = %s, expected %s", x, op, y, got, want)
			}
			if small := want.IsInt64() && want.Int64() >= minSmall && want.Int64() <= maxSmall; small != c.small() {
				t.Fatalf("%s is not in its canonical cell", want)
			}
		}
	}
	if refused == 0 {
		t.Error("no operation went out of range")
	}
}

func (s *Session) numberText(c cell) string { return s.value(c, model.Decimal).Text }

// TestWide sums the extremes of an int64 in 128 bits.
func TestWide(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var w wide
	want := new(big.Int)
	for range 10_000 {
		x := int64(r.Uint64())
		w.add(x)
		want.Add(want, big.NewInt(x))
		f := foldState{small: w}
		if got := f.total().Text('f'); got != want.String() {
			t.Fatalf("%s, expected %s", got, want)
		}
		if i, ok := w.int(); ok && big.NewInt(i).Cmp(want) != 0 {
			t.Fatalf("%d, expected %s", i, want)
		}
	}
}

func TestMinHeap(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var h minHeap
	counts := map[uint64]int{}
	for range 10_000 {
		if len(h) == 0 || r.IntN(2) == 0 {
			x := r.Uint64N(50)
			h.push(x)
			counts[x]++
			continue
		}
		x := h.pop()
		if counts[x]--; counts[x] < 0 {
			t.Fatalf("%d was not in the heap", x)
		}
		for _, y := range h {
			if y < x {
				t.Fatalf("%d came out before %d", x, y)
			}
		}
	}
}
