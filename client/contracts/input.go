package contracts

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"

	"github.com/cybermiles/cybermiles/client/abitext"
	"github.com/cybermiles/cybermiles/client/amount"
)

// ErrInput is wrapped by every error about a parameter's text.
var ErrInput = errors.New("bad parameter")

// Encode returns a method's call data for parameters given as text, in their
// order. Beyond what package abitext reads, an amount has its unit (10cmt), a
// time may be a date (2027-01-31, 2027-01-31T12:00:00Z), a duration 7d or 36h, a
// share 2.5%, an enum a name, and a struct or an array of them JSON.
func (m *Method) Encode(texts []string) ([]byte, error) {
	if len(texts) != len(m.Inputs) {
		return nil, fmt.Errorf("%w: %s takes %d, not %d", ErrInput, m.Signature, len(m.Inputs), len(texts))
	}
	data := append([]byte(nil), m.abi.ID...)
	plain := make([]string, len(texts))
	for i, input := range m.Inputs {
		text, err := input.normalize(texts[i])
		if err == nil {
			// Encoded alone first, so that the error names the parameter.
			_, err = abitext.EncodeArguments(abi.Arguments{{Type: input.typ}}, []string{text})
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrInput, input.Name, err)
		}
		plain[i] = text
	}
	packed, err := abitext.EncodeArguments(m.abi.Inputs, plain)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return append(data, packed...), nil
}

// normalize turns text into what package abitext reads.
func (p *Param) normalize(text string) (string, error) {
	trimmed := strings.TrimSpace(text)
	if p.typ.T != abi.IntTy && p.typ.T != abi.UintTy {
		return p.normalizeJSON(text)
	}
	var number *big.Int
	var err error
	switch p.kind {
	case money:
		number, err = amount.Parse(trimmed)
	case moment:
		number, err = parseDate(trimmed)
	case duration:
		number, err = parseSpan(trimmed)
	case instant, stretch:
		if number, err = p.parseNanos(trimmed); err == nil && number == nil {
			return text, nil
		}
	case share:
		number, err = parsePercent(trimmed)
	case choice:
		number, err = p.parseChoice(trimmed)
	default:
		return text, nil
	}
	if err != nil {
		return "", err
	}
	return number.String(), nil
}

// digits reads a plain non-negative integer.
func digits(text string) (*big.Int, bool) {
	if text == "" || len(text) > 78 || strings.Trim(text, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}

func parseDate(text string) (*big.Int, error) {
	if seconds, ok := digits(text); ok {
		return seconds, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil && at.Unix() >= 0 {
			return big.NewInt(at.Unix()), nil
		}
	}
	return nil, fmt.Errorf("%q is no time; write 2027-01-31, 2027-01-31T12:00:00Z or seconds since 1970", text)
}

func parseSpan(text string) (*big.Int, error) {
	if seconds, ok := digits(text); ok {
		return seconds, nil
	}
	total, rest := new(big.Int), strings.ReplaceAll(text, " ", "")
	for _, s := range spans {
		if count, after, found := strings.Cut(rest, s.unit); found {
			number, ok := digits(count)
			if !ok {
				break
			}
			total.Add(total, number.Mul(number, big.NewInt(s.seconds)))
			rest = after
		}
	}
	if rest != "" || text == "" {
		return nil, fmt.Errorf("%q is no duration; write 7d, 1d12h, 30m or seconds", text)
	}
	return total, nil
}

// parseNanos reads a time or a duration for a parameter in nanoseconds, nil for
// a plain number.
func (p *Param) parseNanos(text string) (*big.Int, error) {
	if _, ok := digits(text); ok {
		return nil, nil
	}
	read := parseSpan
	if p.kind == instant {
		read = parseDate
	}
	seconds, err := read(text)
	if err != nil {
		return nil, err
	}
	return seconds.Mul(seconds, nanos), nil
}

func parsePercent(text string) (*big.Int, error) {
	if points, ok := digits(text); ok {
		return points, nil
	}
	number, isPercent := strings.CutSuffix(text, "%")
	value, ok := new(big.Rat).SetString(strings.TrimSpace(number))
	if !isPercent || !ok || len(number) > 20 || strings.Trim(strings.TrimSpace(number), "0123456789.") != "" {
		return nil, fmt.Errorf("%q is no share; write 2.5%% or hundredths of a percent (250)", text)
	}
	if value.Mul(value, big.NewRat(100, 1)); !value.IsInt() {
		return nil, fmt.Errorf("%q is finer than a hundredth of a percent", text)
	}
	return value.Num(), nil
}

func (p *Param) parseChoice(text string) (*big.Int, error) {
	for i, name := range p.names {
		if strings.EqualFold(name, text) || kebab(name) == text {
			return big.NewInt(int64(i)), nil
		}
	}
	if number, ok := digits(text); ok && (len(p.names) == 0 || number.Cmp(big.NewInt(int64(len(p.names)))) < 0) {
		return number, nil
	}
	return nil, fmt.Errorf("%q is none of %s", text, strings.Join(p.names, ", "))
}

// normalizeJSON rewrites a struct or an array given as JSON in the form of
// package abitext; other text stays as it is.
func (p *Param) normalizeJSON(text string) (string, error) {
	trimmed := strings.TrimSpace(text)
	isList := p.typ.T == abi.SliceTy || p.typ.T == abi.ArrayTy
	if !(isList && strings.HasPrefix(trimmed, "[")) && !(p.typ.T == abi.TupleTy && strings.HasPrefix(trimmed, "{")) {
		return text, nil
	}
	decoder := json.NewDecoder(strings.NewReader(trimmed))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil || decoder.More() {
		if strings.Contains(trimmed, "{") {
			return "", fmt.Errorf("no JSON: %w", cmp.Or(err, errors.New("something follows its end")))
		}
		return text, nil // [0xf39F…,0x7099…] is none, and abitext reads it
	}
	return p.fromJSON(p.typ, tree)
}

func (p *Param) fromJSON(t abi.Type, node any) (string, error) {
	switch node := node.(type) {
	case []any:
		if t.T != abi.SliceTy && t.T != abi.ArrayTy {
			return "", fmt.Errorf("a list stands where %s is needed", t)
		}
		return p.elementsFromJSON(*t.Elem, node)
	case map[string]any:
		if t.T != abi.TupleTy {
			return "", fmt.Errorf("an object stands where %s is needed", t)
		}
		return p.fieldsFromJSON(node)
	case string:
		if t.T == abi.StringTy {
			return strconv.Quote(node), nil
		}
		return p.leafFromJSON(t, node)
	case json.Number:
		return p.leafFromJSON(t, node.String())
	case bool:
		return strconv.FormatBool(node), nil
	default:
		return "", fmt.Errorf("null stands where %s is needed", t)
	}
}

func (p *Param) elementsFromJSON(element abi.Type, list []any) (string, error) {
	parts := make([]string, len(list))
	for i, child := range list {
		var err error
		if parts[i], err = p.fromJSON(element, child); err != nil {
			return "", fmt.Errorf("element %d: %w", i+1, err)
		}
	}
	return "[" + strings.Join(parts, ",") + "]", nil
}

func (p *Param) fieldsFromJSON(object map[string]any) (string, error) {
	parts := make([]string, len(p.Fields))
	for i, field := range p.Fields {
		child, given := object[field.Name]
		if !given {
			return "", fmt.Errorf("the field %s is missing", field.Name)
		}
		var err error
		if parts[i], err = field.fromJSON(field.typ, child); err != nil {
			return "", fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	if len(object) > len(p.Fields) {
		return "", fmt.Errorf("an object has %d fields, the struct only %d", len(object), len(p.Fields))
	}
	return "(" + strings.Join(parts, ",") + ")", nil
}

// leafFromJSON normalizes a value that is no list or object.
func (p *Param) leafFromJSON(t abi.Type, text string) (string, error) {
	switch t.T {
	case abi.SliceTy, abi.ArrayTy, abi.TupleTy:
		return "", fmt.Errorf("%q stands where %s is needed", text, t)
	}
	leaf := *p
	leaf.typ = t
	return leaf.normalize(text)
}
