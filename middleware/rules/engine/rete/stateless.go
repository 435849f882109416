package rete

import "fmt"

// NewFact is a fact to insert, its slots in the order of the template.
type NewFact struct {
	Template uint32
	Slots    []Value
}

// Run is the stateless use of a rule set: it inserts the facts into an empty
// session, fires, and gives what happened and the facts at the end. limits stops
// it like Fire; meter may be nil.
func (e *Engine) Run(facts []NewFact, limits Limits, meter Meter) (Outcome, []Fact, error) {
	s, err := e.NewSession(meter)
	if err != nil {
		return Outcome{}, nil, err
	}
	for i, f := range facts {
		if _, err := s.Insert(f.Template, f.Slots...); err != nil {
			return Outcome{}, nil, fmt.Errorf("fact %d: %w", i+1, err)
		}
	}
	out, err := s.Fire(limits, nil)
	if err != nil {
		return out, nil, err
	}
	return out, s.Facts(), nil
}
