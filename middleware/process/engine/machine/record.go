package machine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// recordVersion starts every core record.
const recordVersion = 1

// Change is a variable that has to be stored, or removed when Data is nil.
type Change struct {
	Key  VariableKey
	Data []byte
}

// Export is the instance as it has to be stored: the core record, which holds
// tokens, scopes and waits, and the variables that differ from what was imported.
// Afterwards nothing differs any more. It must not be called after a failed
// command.
func (i *Instance) Export() (core []byte, changes []Change) {
	for _, key := range i.gone {
		changes = append(changes, Change{Key: key})
	}
	i.gone = nil
	for _, s := range i.scopes {
		for n := range s.vars {
			if b := &s.vars[n]; b.dirty {
				b.dirty = false
				changes = append(changes, Change{VariableKey{s.ID, b.variable}, EncodeValue(b.value)})
			}
		}
	}
	e := &encoder{append(make([]byte, 0, 64), recordVersion)}
	e.uint(i.process, int(i.status))
	e.text(i.code)
	e.uint(int(i.next), len(i.scopes), len(i.tokens), len(i.waits))
	for _, s := range i.scopes {
		e.scope(s)
	}
	for _, t := range i.tokens {
		e.token(t)
	}
	for _, w := range i.waits {
		e.uint(int(w.ID), int(w.Owner), int(w.Scope), w.Node, w.Trigger+1)
		e.text(w.Key)
		e.int(w.Due, int64(w.Left))
		e.text(w.Every)
		e.flags(w.Done, w.Last)
	}
	return e.data, changes
}

type encoder struct{ data []byte }

func (e *encoder) uint(list ...int) {
	for _, v := range list {
		e.data = binary.AppendUvarint(e.data, uint64(v))
	}
}

func (e *encoder) int(list ...int64) {
	for _, v := range list {
		e.data = binary.AppendVarint(e.data, v)
	}
}

func (e *encoder) text(s string) {
	e.uint(len(s))
	e.data = append(e.data, s...)
}

func (e *encoder) flags(list ...bool) {
	b := byte(0)
	for i, set := range list {
		if set {
			b |= 1 << i
		}
	}
	e.data = append(e.data, b)
}

func (e *encoder) undos(list []undo) {
	e.uint(len(list))
	for _, u := range list {
		e.uint(u.node, int(u.scope), int(u.kept))
		e.flags(u.drop)
	}
}

func (e *encoder) scope(s *Scope) {
	e.uint(int(s.ID), int(s.Parent), int(s.Owner), s.Node, int(s.Kind), s.Total, s.Started, s.Completed, s.Terminated)
	e.flags(s.Barrier, s.Kept, s.Finishing)
	e.undos(s.undo)
	e.uint(len(s.resets))
	for _, x := range s.resets {
		e.uint(x.node, len(x.consumed))
		e.uint(x.consumed...)
	}
	e.uint(len(s.vars))
	for _, b := range s.vars {
		e.uint(b.variable)
	}
}

func (e *encoder) token(t *Token) {
	e.uint(int(t.ID), int(t.Scope), t.Node, int(t.State), t.Flow+1, t.Index, int(t.Origin), int(t.end))
	e.flags(t.Inner)
	e.text(t.Reason)
	e.undos(t.plan)
}

// ErrRecord is wrapped by every error about bytes that are no core record of the
// model.
var ErrRecord = errors.New("machine: malformed record")

// Import reads a core record. Variables are loaded from store when they are used.
// Records that no instance of the model could have exported are refused.
func (e *Engine) Import(core []byte, store Store) (*Instance, error) {
	d := &decoder{data: core}
	if d.uint(255) != recordVersion {
		return nil, fmt.Errorf("%w: unknown version", ErrRecord)
	}
	i := &Instance{model: e.model, store: store}
	i.process, i.status = d.uint(len(e.model.Processes)-1), Status(d.uint(int(Canceled)))
	i.code = d.text(bpmn.MaxText)
	i.next = d.id()
	scopes, tokens, waits := d.uint(MaxScopes), d.uint(MaxTokens), d.uint(len(core))
	for range scopes {
		i.scopes = append(i.scopes, d.scope(e.model))
	}
	for range tokens {
		i.tokens = append(i.tokens, d.token(e.model))
	}
	for range waits {
		if d.err != nil {
			break
		}
		w := &Wait{ID: d.id(), Owner: d.id(), Scope: d.id(), Node: d.uint(len(e.model.Nodes) - 1), Trigger: d.uint(64) - 1, Key: d.text(MaxKey)}
		w.Due, w.Left, w.Every = d.int(), int(d.int()), d.text(maxEvery)
		f := d.flags(2)
		w.Done, w.Last = f&1 != 0, f&2 != 0
		i.waits = append(i.waits, w)
	}
	if d.err == nil && len(d.data) > 0 {
		d.fail("%d bytes too many", len(d.data))
	}
	if d.err == nil {
		d.err = e.consistent(i)
	}
	if d.err != nil {
		return nil, d.err
	}
	return i, nil
}

type decoder struct {
	data []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrRecord}, args...)...)
	}
	d.data = nil
}

func (d *decoder) uint(limit int) int {
	v, n := binary.Uvarint(d.data)
	if n <= 0 || v > uint64(limit) || n > 1 && d.data[n-1] == 0 {
		d.fail("a number is missing or too large")
		return 0
	}
	d.data = d.data[n:]
	return int(v)
}

func (d *decoder) id() uint32 { return uint32(d.uint(1<<32 - 1)) }

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.data)
	if n <= 0 {
		d.fail("a number is missing")
		return 0
	}
	d.data = d.data[n:]
	return v
}

func (d *decoder) text(limit int) string {
	n := d.uint(limit)
	if n > len(d.data) {
		d.fail("a text is cut short")
		return ""
	}
	s := string(d.data[:n])
	d.data = d.data[n:]
	return s
}

func (d *decoder) flags(n int) byte {
	if len(d.data) == 0 || d.data[0]>>n != 0 {
		d.fail("unknown flags")
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return b
}

func (d *decoder) undos(m *bpmn.Model) (out []undo) {
	n := d.uint(2 * MaxUndo)
	for range n {
		if d.err != nil {
			return nil
		}
		u := undo{node: d.uint(len(m.Nodes) - 1), scope: d.id(), kept: d.id()}
		u.drop = d.flags(1) != 0
		out = append(out, u)
	}
	return out
}

func (d *decoder) scope(m *bpmn.Model) *Scope {
	s := &Scope{ID: d.id(), Parent: d.id(), Owner: d.id(), Node: d.uint(len(m.Nodes) - 1), Kind: ScopeKind(d.uint(int(Repeat)))}
	s.Total, s.Started, s.Completed, s.Terminated = d.uint(1<<31-1), d.uint(1<<31-1), d.uint(1<<31-1), d.uint(1<<31-1)
	f := d.flags(3)
	s.Barrier, s.Kept, s.Finishing = f&1 != 0, f&2 != 0, f&4 != 0
	s.undo = d.undos(m)
	resets := d.uint(len(m.Nodes))
	for range resets {
		if d.err != nil {
			return s
		}
		x := reset{node: d.uint(len(m.Nodes) - 1)}
		for n := d.uint(len(m.Flows)); n > 0 && d.err == nil; n-- {
			x.consumed = append(x.consumed, d.uint(len(m.Flows)-1))
		}
		s.resets = append(s.resets, x)
	}
	vars := d.uint(len(m.Variables) + 2)
	for range vars {
		if d.err != nil {
			return s
		}
		v := d.uint(resultsKey)
		if v >= len(m.Variables) && v < itemsKey || s.binding(v) != nil {
			d.fail("variable %d", v)
		}
		s.vars = append(s.vars, binding{variable: v})
	}
	return s
}

func (d *decoder) token(m *bpmn.Model) *Token {
	t := &Token{ID: d.id(), Scope: d.id(), Node: d.uint(len(m.Nodes) - 1), State: TokenState(d.uint(int(Incident))), Flow: d.uint(len(m.Flows)) - 1, Index: d.uint(1<<31 - 1)}
	t.Origin, t.end = d.id(), planEnd(d.uint(int(planCancel)))
	t.Inner = d.flags(1) != 0
	t.Reason = d.text(1 << 12)
	t.plan = d.undos(m)
	return t
}
