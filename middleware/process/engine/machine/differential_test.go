package machine_test

import (
	"fmt"
	"math/rand"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
)

// TestAgainstReference runs random well-formed models in the machine and in the
// reference interpreter and compares the open tasks after every step. The
// instance is stored and loaded between any two steps.
func TestAgainstReference(t *testing.T) {
	steps, instances, kinds := 0, 0, map[blockKind]int{}
	for seed := range int64(3000) {
		r := rand.New(rand.NewSource(seed))
		next := 0
		b := randomBlock(r, 4, &next)
		if next > 60 {
			continue
		}
		model, err := bpmn.Decode(draw(b).Encode())
		require.NoError(t, err)
		kinds[b.kind]++
		instances++
		x := r.Intn(12)
		reference := begin(b, "", &x)
		w := newWorld(t, model)
		i := w.start("p", contextOf(map[string]any{"x": x}))
		for n := 0; n < 300; n++ {
			open := compareTasks(t, seed, n, i, reference)
			if len(open) == 0 {
				break
			}
			task := open[r.Intn(len(open))]
			if r.Intn(3) == 0 {
				x = r.Intn(12)
			} else {
				x = min(x+1, 20)
			}
			reference, _ = reference.complete(place(i, task), &x)
			w.command(i, func(s *machine.Session) error { return s.Complete(task.ID, contextOf(map[string]any{"x": x})) })
			steps++
		}
		if reference == nil {
			require.Equal(t, machine.Completed, i.instance.Status(), "seed %d", seed)
			require.Empty(t, i.values, "seed %d: variables are left behind", seed)
		}
		require.Zero(t, w.incidents, "seed %d", seed)
	}
	require.Greater(t, instances, 1000)
	require.Greater(t, steps, 10_000)
	require.Len(t, kinds, int(blockKinds))
}

// place is a task's id and which instances of multi-instance activities it is in.
func place(i *running, t *machine.Token) string {
	of := ""
	id := i.instance.Model().Nodes[t.Node].ID
	for t != nil {
		if t.Inner {
			of = fmt.Sprintf("/%d", t.Index) + of
		}
		t = i.instance.Token(i.instance.Scope(t.Scope).Owner)
	}
	return id + of
}

// compareTasks requires that the same tasks are open in both and returns the
// machine's.
func compareTasks(t *testing.T, seed int64, step int, i *running, reference *naive) (open []*machine.Token) {
	var want, got []string
	reference.tasks(&want)
	for _, token := range i.instance.Tokens() {
		if n := i.instance.Model().Nodes[token.Node]; n.Kind == bpmn.UserTask {
			require.Equal(t, machine.Active, token.State)
			open = append(open, token)
			got = append(got, place(i, token))
		}
	}
	sort.Strings(want)
	sort.Strings(got)
	require.Equal(t, want, got, "seed %d, step %d", seed, step)
	return open
}

// TestSameStepsSameBytes: two runs of the same commands give equal records and
// effects.
func TestSameStepsSameBytes(t *testing.T) {
	for seed := range int64(50) {
		var cores [2][]byte
		var effects [2][]machine.Effect
		for n := range 2 {
			r := rand.New(rand.NewSource(seed))
			next := 0
			model, err := bpmn.Decode(draw(randomBlock(r, 3, &next)).Encode())
			require.NoError(t, err)
			w := newWorld(t, model)
			i := w.start("p", contextOf(map[string]any{"x": 5}))
			for range 20 {
				for _, token := range i.instance.Tokens() {
					if token.State == machine.Active {
						w.command(i, func(s *machine.Session) error { return s.Complete(token.ID, nil) })
						break
					}
				}
			}
			cores[n], effects[n] = i.core, w.effects
		}
		require.Equal(t, cores[0], cores[1])
		require.Equal(t, effects[0], effects[1])
	}
}
