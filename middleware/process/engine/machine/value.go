package machine

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// EncodeValue is the binary form of a value.
func EncodeValue(v feel.Value) []byte {
	e := feel.NewEncoder(nil)
	e.Value(v)
	return e.Bytes()
}

// DecodeValue reads what EncodeValue wrote and refuses everything else.
func DecodeValue(data []byte) (feel.Value, error) {
	d := feel.NewDecoder(data, 0, nil)
	v := d.Value()
	if err := d.End(); err != nil {
		return nil, err
	}
	return v, nil
}

// maxValueDepth bounds values within a stored value.
const maxValueDepth = 64

// storable refuses data that cannot be stored: functions, and values that are too
// large.
func storable(c *feel.Context) error {
	for _, e := range entriesOf(c) {
		if _, err := size(e.Value, 0); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrValue, e.Key, err)
		}
	}
	return nil
}

// size is about how many bytes a value takes; an error says why it cannot be
// stored.
func size(v feel.Value, depth int) (int, error) {
	if depth > maxValueDepth {
		return 0, fmt.Errorf("it nests deeper than %d", maxValueDepth)
	}
	total := 4
	add := func(n int, x feel.Value) error {
		inner, err := size(x, depth+1)
		if total += n + inner; err == nil && total > MaxValue {
			err = fmt.Errorf("it has more than %d bytes", MaxValue)
		}
		return err
	}
	switch v := v.(type) {
	case nil, feel.Boolean:
	case feel.String:
		total += len(v)
	case *feel.Function:
		return 0, fmt.Errorf("it holds a function")
	case feel.List:
		for _, x := range v {
			if err := add(0, x); err != nil {
				return 0, err
			}
		}
	case *feel.Context:
		for _, e := range v.Entries() {
			if err := add(len(e.Key), e.Value); err != nil {
				return 0, err
			}
		}
	case *feel.Range:
		for _, x := range []feel.Value{v.Start, v.End} {
			if err := add(0, x); err != nil {
				return 0, err
			}
		}
	default:
		total += 16
	}
	if total > MaxValue {
		return 0, fmt.Errorf("it has more than %d bytes", MaxValue)
	}
	return total, nil
}

// keeps reports whether a value can be stored, and charges for it.
func (r *run) keeps(v feel.Value) bool {
	n, err := size(v, 0)
	r.charge(1 + n/16)
	return err == nil
}
