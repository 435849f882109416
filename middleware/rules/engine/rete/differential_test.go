package rete_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// trio runs the same operations on the naive system, on a session that lives on
// and on one that is exported and imported before each operation. All three
// must agree after each, and the two sessions must do the same work.
type trio struct {
	t      *testing.T
	e      *rete.Engine
	naive  *naive
	living *rete.Session
	reborn *rete.Session
	rules  string
	log    []string
}

func newTrio(t *testing.T, rules string) *trio {
	t.Helper()
	e := load(t, rules)
	k := &trio{t: t, e: e, naive: newNaive(e.Model()), rules: rules}
	for _, s := range []**rete.Session{&k.living, &k.reborn} {
		var err error
		if *s, err = e.NewSession(nil); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *trio) fatalf(format string, args ...any) {
	k.t.Helper()
	k.t.Fatalf("%s\noperations:\n%s\nrules:\n%s", fmt.Sprintf(format, args...), strings.Join(k.log, "\n"), k.rules)
}

// do applies one operation to both sessions and checks their work.
func (k *trio) do(what string, f func(s *rete.Session) (string, error)) string {
	k.t.Helper()
	k.log = append(k.log, what)
	state, err := k.reborn.Export()
	if err != nil {
		k.fatalf("export: %v", err)
	}
	if k.reborn, err = k.e.Import(state, nil); err != nil {
		k.fatalf("import: %v", err)
	}
	again, err := k.reborn.Export()
	if err != nil || !bytes.Equal(state, again) {
		k.fatalf("export of the imported session differs (%v)", err)
	}
	before := [2]uint64{k.living.Work(), k.reborn.Work()}
	a, err := f(k.living)
	if err != nil {
		k.fatalf("%s: %v", what, err)
	}
	b, err := f(k.reborn)
	if err != nil || a != b {
		k.fatalf("the imported session answers %q (%v), the other %q", b, err, a)
	}
	if x, y := k.living.Work()-before[0], k.reborn.Work()-before[1]; x != y {
		k.fatalf("%s costs %d in the living session, %d in the imported one", what, x, y)
	}
	return a
}

func (k *trio) check() {
	k.t.Helper()
	for group := range k.e.Model().Groups {
		var want, got []string
		for _, m := range k.naive.agenda(uint32(group)) {
			want = append(want, fmt.Sprint(k.e.Model().Rules[m.rule].Name, m.ids))
		}
		for _, a := range k.living.Agenda(uint32(group)) {
			got = append(got, fmt.Sprint(a.Rule, a.Facts))
		}
		if !slices.Equal(want, got) {
			k.fatalf("agenda of group %d:\n%v\nexpected\n%v", group, got, want)
		}
	}
	var want, got []string
	for _, f := range k.naive.sorted() {
		want = append(want, fmt.Sprint(f.id, f.tag, f.template, !f.stated, f.slots))
	}
	for _, f := range k.living.Facts() {
		got = append(got, fmt.Sprint(f.ID, f.Tag, f.Template, f.Logical, plain(f.Slots)))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		k.fatalf("facts:\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	a, errA := k.living.Export()
	b, errB := k.reborn.Export()
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		k.fatalf("states differ (%v, %v)", errA, errB)
	}
}

// plain gives slots as the naive system holds them.
func plain(slots []rete.Value) []any {
	var out []any
	for _, v := range slots {
		out = append(out, v.Text)
	}
	return out
}

func asValues(slots []any) []rete.Value {
	var out []rete.Value
	for _, v := range slots {
		switch v := v.(type) {
		case int64:
			out = append(out, rete.Int(v))
		case string:
			out = append(out, rete.Text(v))
		case bool:
			out = append(out, rete.Bool(v))
		}
	}
	return out
}

func (k *trio) step(r *rand.Rand) {
	slots := []any{r.Int64N(5), r.Int64N(5), []string{"p", "q"}[r.IntN(2)], r.IntN(2) == 0}
	ids := make([]uint64, 0, len(k.naive.facts))
	for id := range k.naive.facts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	switch kind := r.IntN(10); {
	case kind < 4 || len(ids) == 0:
		if len(ids) >= 12 {
			return
		}
		template := uint32(r.IntN(len(randomTemplates)))
		want := k.naive.insert(template, slots)
		got := k.do(fmt.Sprintf("insert %d %v", template, slots), func(s *rete.Session) (string, error) {
			id, err := s.Insert(template, asValues(slots)...)
			return fmt.Sprint(id), err
		})
		if got != fmt.Sprint(want) {
			k.fatalf("insert gave id %s, expected %d", got, want)
		}
	case kind < 6:
		id := ids[r.IntN(len(ids))]
		k.naive.update(id, func(s []any) { copy(s, slots) })
		k.do(fmt.Sprintf("update %d %v", id, slots), func(s *rete.Session) (string, error) {
			return "", s.Update(id, asValues(slots)...)
		})
	case kind < 7:
		id := ids[r.IntN(len(ids))]
		k.naive.retract(id)
		k.do(fmt.Sprintf("retract %d", id), func(s *rete.Session) (string, error) { return "", s.Retract(id) })
	case kind < 8 && len(k.e.Model().Groups) > 1:
		k.naive.focus = slices.DeleteFunc(k.naive.focus, func(g uint32) bool { return g == 1 })
		k.naive.focus = append(k.naive.focus, 1)
		k.do("focus", func(s *rete.Session) (string, error) { return "", s.SetFocus(k.e.Model().Groups[1]) })
	default:
		k.fire(1 + r.IntN(4))
	}
}

func (k *trio) fire(limit int) {
	k.naive.emitted = nil
	want := fmt.Sprint(k.naive.fire(limit), k.naive.emitted)
	got := k.do(fmt.Sprintf("fire %d", limit), func(s *rete.Session) (string, error) {
		var fired, emitted []string
		out, err := s.Fire(rete.Limits{Firings: uint64(limit)}, func(a rete.Activation) {
			fired = append(fired, fmt.Sprint(a.Rule, a.Facts))
		})
		for _, r := range out.Results {
			text := r.Name
			for _, f := range r.Fields {
				text += " " + f.Name + "=" + f.Value.String()
			}
			emitted = append(emitted, text)
		}
		return fmt.Sprint(fired, emitted), err
	})
	if got != want {
		k.fatalf("fired %s, expected %s", got, want)
	}
}

// TestAgainstNaive compares the engine with the naive system on random rules
// and operations: the same agenda in the same order, the same facts, the same
// results, at the same cost whether the session was rebuilt or not.
func TestAgainstNaive(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	kinds := map[model.CondKind]int{}
	fired := 0
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 1))
		k := newTrio(t, randomRuleText(r))
		for range 14 {
			k.step(r)
			k.check()
			if len(k.naive.facts) > 25 {
				break
			}
		}
		for _, rule := range k.e.Model().Rules {
			for _, c := range rule.Conds {
				kinds[c.Kind]++
			}
		}
		fired += len(k.log)
	}
	for kind := model.Pattern; kind <= model.Test; kind++ {
		if kinds[kind] < rounds/10 {
			t.Errorf("only %d conditions of kind %d were generated", kinds[kind], kind)
		}
	}
	t.Logf("%d rule sets, %d operations", rounds, fired)
}

// FuzzAgainstNaive is the same comparison under the fuzzer's seeds.
func FuzzAgainstNaive(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		k := newTrio(t, randomRuleText(r))
		for range 14 {
			k.step(r)
			k.check()
			if len(k.naive.facts) > 25 {
				break
			}
		}
	})
}
