package model

// Emission is what rules emit under one name: its fields with their types.
type Emission struct {
	Name   string
	Fields []EmittedField
}

// EmittedField is a field of a result.
type EmittedField struct {
	Name string
	Type Type
}

// Emissions are what the rules of a model emit, in their order, one for each emit
// of each rule.
func (m *Model) Emissions() (list []Emission, err error) {
	v := &verifier{m: m, emitted: func(e Emission) { list = append(list, e) }}
	if err := v.rules(); err != nil {
		return nil, err
	}
	return list, nil
}
