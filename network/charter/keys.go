package charter

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// unknownKey says what a key might have meant.
func unknownKey(key toml.Key) error {
	table, name := reflect.TypeFor[Charter](), key[len(key)-1]
	for _, step := range key[:len(key)-1] {
		if table = inner(table, step); table == nil {
			break
		}
	}
	message := fmt.Sprintf("there is no key %s", key)
	if table == nil || table.Kind() != reflect.Struct {
		return fmt.Errorf("%s", message)
	}
	names := keysOf(table)
	closest := slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(distance(name, a)-distance(name, b), shared(name, b)-shared(name, a))
	})
	if distance(name, closest) <= (len(name)+1)/2 {
		return fmt.Errorf("%s; did you mean %s?", message, closest)
	}
	return fmt.Errorf("%s; there are %s", message, strings.Join(names, ", "))
}

// inner is the table below a key, nil when the key has none.
func inner(table reflect.Type, name string) reflect.Type {
	if table.Kind() != reflect.Struct {
		return nil
	}
	field, found := table.FieldByNameFunc(func(each string) bool { return strings.EqualFold(each, name) })
	if !found {
		return nil
	}
	below := field.Type
	for below.Kind() == reflect.Slice || below.Kind() == reflect.Pointer {
		below = below.Elem()
	}
	return below
}

// keysOf are the keys of a table.
func keysOf(table reflect.Type) (names []string) {
	for _, field := range reflect.VisibleFields(table) {
		if field.IsExported() && !field.Anonymous {
			names = append(names, keyName(field.Name))
		}
	}
	return names
}

// keyName is a field's name as the file has it.
func keyName(field string) string {
	if field == "ChainID" {
		return "chainId"
	}
	return strings.ToLower(field[:1]) + field[1:]
}

// shared is how many letters two names begin with alike.
func shared(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// distance is how many letters must be changed, added or removed.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			change := before
			if a[i] != b[j] {
				change++
			}
			before, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
