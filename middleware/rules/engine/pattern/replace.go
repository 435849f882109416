package pattern

import (
	"errors"
	"fmt"
)

// ErrEmptyMatch reports a pattern that matches the empty string where XPath
// forbids one: in replace and split.
var ErrEmptyMatch = errors.New("pattern: it matches the empty string, which replace and split forbid")

// Replace is input with every match replaced. In the replacement $N stands for
// group N, $0 for the match, \$ and \\ for themselves; with flag q it is taken
// literally.
func (re *Regexp) Replace(input []rune, replacement string, budget Budget) (string, error) {
	parts, err := re.template(replacement)
	if err != nil {
		return "", err
	}
	if err := re.refuseEmpty(budget); err != nil {
		return "", err
	}
	var out []rune
	last := 0
	payable := true
	err = re.FindAll(input, budget, func(at []int) {
		out = append(out, input[last:at[0]]...)
		for _, p := range parts {
			text := p.text
			if p.group >= 0 && at[2*p.group] >= 0 {
				text = input[at[2*p.group]:at[2*p.group+1]]
			}
			if payable = payable && budget(len(text)); !payable {
				return
			}
			out = append(out, text...)
		}
		last = at[1]
	})
	if err == nil && !payable {
		err = ErrBudget
	}
	if err != nil {
		return "", err
	}
	return string(append(out, input[last:]...)), nil
}

// Split is the pieces of input between matches.
func (re *Regexp) Split(input []rune, budget Budget) ([]string, error) {
	if err := re.refuseEmpty(budget); err != nil {
		return nil, err
	}
	var out []string
	last := 0
	err := re.FindAll(input, budget, func(at []int) {
		out = append(out, string(input[last:at[0]]))
		last = at[1]
	})
	return append(out, string(input[last:])), err
}

func (re *Regexp) refuseEmpty(budget Budget) error {
	empty, err := re.MatchesEmpty(budget)
	if err == nil && empty {
		err = ErrEmptyMatch
	}
	return err
}

type templatePart struct {
	text  []rune
	group int // -1 for text
}

func (re *Regexp) template(s string) ([]templatePart, error) {
	src := []rune(s)
	if re.literal {
		return []templatePart{{src, -1}}, nil
	}
	var parts []templatePart
	var text []rune
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '\\':
			if i+1 == len(src) || src[i+1] != '\\' && src[i+1] != '$' {
				return nil, fmt.Errorf("replacement %q: a backslash must precede \\ or $", s)
			}
			i++
			text = append(text, src[i])
		case '$':
			n, next := re.groupNumber(src, i+1)
			if next == i+1 {
				return nil, fmt.Errorf("replacement %q: $ must precede a digit; write \\$ for a dollar sign", s)
			}
			parts = append(parts, templatePart{text, -1})
			text = nil
			if n <= re.groups {
				parts = append(parts, templatePart{nil, n})
			}
			i = next - 1
		default:
			text = append(text, src[i])
		}
	}
	return append(parts, templatePart{text, -1}), nil
}

// groupNumber reads the longest number that names a group, at least one digit.
func (re *Regexp) groupNumber(src []rune, i int) (n, next int) {
	for next = i; next < len(src) && src[next] >= '0' && src[next] <= '9'; next++ {
		v := n*10 + int(src[next]-'0')
		if next > i && v > re.groups {
			break
		}
		n = v
	}
	return n, next
}
