package node

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// configValue is a setting as text, for flags, the environment and the file. It
// is a pointer to one of: string, bool, int, int64, uint64, time.Duration,
// []string, *big.Int.
type configValue struct{ pointer any }

// Type names the kind of the value; pflag prints it in the help.
func (v configValue) Type() string {
	switch v.pointer.(type) {
	case *string:
		return "text"
	case *bool:
		return "bool"
	case *int, *int64, *uint64, **big.Int:
		return "number"
	case *time.Duration:
		return "duration"
	case *[]string:
		return "list"
	default:
		panic(fmt.Sprintf("configuration value of type %T", v.pointer)) // wiring: a key of the table has no kind
	}
}

// expects words what Set reads.
func (v configValue) expects() string {
	return map[string]string{
		"text": "a text", "bool": "true or false", "number": "a whole number",
		"duration": "a duration such as 500ms, 10s or 3h", "list": "a list of texts",
	}[v.Type()]
}

// String writes the value as Set reads it.
func (v configValue) String() string {
	switch p := v.pointer.(type) {
	case *string:
		return *p
	case *bool:
		return strconv.FormatBool(*p)
	case *int:
		return strconv.Itoa(*p)
	case *int64:
		return strconv.FormatInt(*p, 10)
	case *uint64:
		return strconv.FormatUint(*p, 10)
	case *time.Duration:
		return p.String()
	case *[]string:
		return strings.Join(*p, ",")
	case **big.Int:
		if *p != nil {
			return (*p).String()
		}
	}
	return ""
}

// Set reads a flag or an environment variable; a list is separated by commas.
func (v configValue) Set(text string) error {
	var err error
	switch p := v.pointer.(type) {
	case *string:
		*p = text
	case *bool:
		*p, err = strconv.ParseBool(text)
	case *int:
		*p, err = strconv.Atoi(text)
	case *int64:
		*p, err = strconv.ParseInt(text, 10, 64)
	case *uint64:
		*p, err = strconv.ParseUint(text, 10, 64)
	case *time.Duration:
		*p, err = time.ParseDuration(text)
	case *[]string:
		*p = splitList(text)
	case **big.Int:
		err = setBig(p, text)
	}
	if err != nil {
		return errors.New("expected " + v.expects())
	}
	return nil
}

// maxNumber bounds the digits of a big number: 2^256 has 78.
const maxNumber = 78

func setBig(target **big.Int, text string) error {
	number, ok := new(big.Int).SetString(text, 10)
	if !ok || len(text) > maxNumber {
		return errors.New("no number")
	}
	*target = number
	return nil
}

func splitList(text string) []string {
	list := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// setTOML reads a value of the file, whose kind must be the key's own.
func (v configValue) setTOML(value any) error {
	matches := false
	text := fmt.Sprint(value)
	switch v.pointer.(type) {
	case *string, *time.Duration:
		_, matches = value.(string)
	case *bool:
		_, matches = value.(bool)
	case *int, *int64, *uint64, **big.Int:
		_, matches = value.(int64)
	case *[]string:
		var list []string
		if list, matches = texts(value); matches {
			*v.pointer.(*[]string) = list
			return nil
		}
	}
	if !matches {
		return errors.New("expected " + v.expects())
	}
	return v.Set(text)
}

func texts(value any) ([]string, bool) {
	items, ok := value.([]any)
	list := make([]string, len(items))
	for i, item := range items {
		text, isText := item.(string)
		list[i], ok = text, ok && isText
	}
	return list, ok
}

// toml writes the value for the file.
func (v configValue) toml() string {
	switch p := v.pointer.(type) {
	case *string, *time.Duration:
		return tomlText(v.String())
	case *[]string:
		quoted := make([]string, len(*p))
		for i, item := range *p {
			quoted[i] = tomlText(item)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return v.String()
	}
}

// tomlText writes a TOML basic string.
func tomlText(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
