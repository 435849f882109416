package contract

import (
	"iter"
	"reflect"
)

// fields are the fields of a struct in their order; those of an embedded struct
// come in its place, as the state of a base contract does in Solidity.
func fields(v reflect.Value) iter.Seq2[reflect.StructField, reflect.Value] {
	return func(yield func(reflect.StructField, reflect.Value) bool) { visit(v, yield) }
}

func visit(v reflect.Value, yield func(reflect.StructField, reflect.Value) bool) bool {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous && field.IsExported() && field.Type.Kind() == reflect.Struct {
			if !visit(v.Field(i), yield) {
				return false
			}
		} else if !yield(field, v.Field(i)) {
			return false
		}
	}
	return true
}
