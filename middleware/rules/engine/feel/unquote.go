package feel

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote resolves the escapes of a string literal without its quotes: \" \\
// \' \n \r \t \uXXXX (two of them may be a surrogate pair) and \UXXXXXX. A
// backslash before anything else stands for itself.
func Unquote(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	if !strings.Contains(s, `\`) {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		n := 2
		switch s[i+1] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case '"', '\\', '\'':
			b.WriteByte(s[i+1])
		case 'u', 'U':
			r, length := codePoint(s[i:])
			if length == 0 {
				return "", false
			}
			b.WriteRune(r)
			n = length
		default:
			b.WriteByte('\\')
			n = 1
		}
		i += n
	}
	return b.String(), true
}

// codePoint reads a \u or \U escape; length 0 means it is malformed.
func codePoint(s string) (r rune, length int) {
	digits := 4
	if s[1] == 'U' {
		digits = 6
	}
	r, ok := hex(s, 2, digits)
	if !ok {
		return 0, 0
	}
	length = 2 + digits
	if utf16.IsSurrogate(r) {
		if !strings.HasPrefix(s[length:], `\u`) {
			return 0, 0
		}
		low, ok := hex(s, length+2, 4)
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return 0, 0
		}
		length += 6
	}
	return r, length
}

func hex(s string, at, digits int) (rune, bool) {
	if at+digits > len(s) {
		return 0, false
	}
	v, err := strconv.ParseUint(s[at:at+digits], 16, 32)
	return rune(v), err == nil && v <= utf8.MaxRune
}
