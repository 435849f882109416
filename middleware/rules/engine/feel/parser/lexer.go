package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenNumber
	tokenString // text is the value
	tokenAt     // @"…", text is the value
	tokenWord   // a part of a name, or a keyword
	tokenPunct
)

type token struct {
	kind     tokenKind
	text     string
	from, to int // byte offsets
}

// lex splits FEEL source into tokens; names are put together by the parser,
// which knows what is in scope.
func lex(src string) ([]token, error) {
	if !utf8.ValidString(src) {
		return nil, &SyntaxError{Line: 1, Column: 1, Message: "the text is not valid UTF-8"}
	}
	l := lexer{src: src}
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		l.tokens = append(l.tokens, t)
		if t.kind == tokenEnd {
			return l.tokens, nil
		}
	}
}

type lexer struct {
	src    string
	at     int
	tokens []token
}

func (l *lexer) next() (token, error) {
	if err := l.skipSpace(); err != nil {
		return token{}, err
	}
	if l.at == len(l.src) {
		return token{tokenEnd, "", l.at, l.at}, nil
	}
	from := l.at
	r, size := utf8.DecodeRuneInString(l.src[l.at:])
	switch {
	case r == '"':
		return l.stringToken(tokenString, from)
	case r == '@':
		l.at++
		if err := l.skipSpace(); err != nil {
			return token{}, err
		}
		if l.at == len(l.src) || l.src[l.at] != '"' {
			return token{}, syntaxError(l.src, from, `want a string after @, as in @"2020-12-31"`)
		}
		return l.stringToken(tokenAt, from)
	case isDigit(r), r == '.' && l.at+1 < len(l.src) && isDigit(rune(l.src[l.at+1])) && !l.afterDot():
		return l.number(), nil
	case isNameStart(r):
		l.at += size
		for l.at < len(l.src) {
			r, size := utf8.DecodeRuneInString(l.src[l.at:])
			if !isNamePart(r) {
				break
			}
			l.at += size
		}
		return token{tokenWord, l.src[from:l.at], from, l.at}, nil
	}
	for _, two := range []string{"..", "**", "<=", ">=", "!="} {
		if strings.HasPrefix(l.src[l.at:], two) {
			l.at += 2
			return token{tokenPunct, two, from, l.at}, nil
		}
	}
	// Other characters may be part of a name; the parser refuses them
	// elsewhere.
	l.at += size
	return token{tokenPunct, l.src[from:l.at], from, l.at}, nil
}

// afterDot tells "..5", an interval's dots and a number, from ".5".
func (l *lexer) afterDot() bool {
	return l.at > 0 && l.src[l.at-1] == '.'
}

func (l *lexer) skipSpace() error {
	for l.at < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[l.at:])
		switch {
		case isSpace(r):
			l.at += size
		case strings.HasPrefix(l.src[l.at:], "//"):
			end := strings.IndexAny(l.src[l.at:], "\n\r")
			if end < 0 {
				end = len(l.src) - l.at
			}
			l.at += end
		case strings.HasPrefix(l.src[l.at:], "/*"):
			end := strings.Index(l.src[l.at+2:], "*/")
			if end < 0 {
				return syntaxError(l.src, l.at, "a comment without */")
			}
			l.at += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) stringToken(kind tokenKind, from int) (token, error) {
	start := l.at + 1
	for i := start; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
		case '"':
			text, ok := feel.Unquote(l.src[start:i])
			if !ok {
				return token{}, syntaxError(l.src, from, "a malformed escape in the string")
			}
			l.at = i + 1
			return token{kind, text, from, l.at}, nil
		}
	}
	return token{}, syntaxError(l.src, from, "a string without closing quote")
}

func (l *lexer) number() token {
	from := l.at
	digits := func() {
		for l.at < len(l.src) && isDigit(rune(l.src[l.at])) {
			l.at++
		}
	}
	digits()
	if l.at+1 < len(l.src) && l.src[l.at] == '.' && isDigit(rune(l.src[l.at+1])) {
		l.at++
		digits()
	}
	if l.at < len(l.src) && (l.src[l.at] == 'e' || l.src[l.at] == 'E') {
		n := l.at + 1
		if n < len(l.src) && (l.src[n] == '+' || l.src[n] == '-') {
			n++
		}
		if n < len(l.src) && isDigit(rune(l.src[n])) {
			l.at = n
			digits()
		}
	}
	return token{tokenNumber, l.src[from:l.at], from, l.at}
}

// SyntaxError tells where a text stops being FEEL and what was expected.
type SyntaxError struct {
	Line, Column int // from 1; columns count code points
	Message      string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

func syntaxError(src string, at int, format string, args ...any) *SyntaxError {
	line, column := place(src, at)
	return &SyntaxError{line, column, fmt.Sprintf(format, args...)}
}

func place(src string, at int) (line, column int) {
	before := src[:min(at, len(src))]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isSpace is rule 61 of the FEEL grammar.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0x85, 0xA0, 0x1680, 0x180E, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
		return true
	}
	return r >= 0x2000 && r <= 0x200B
}

// isNameStart is rule 28 of the FEEL grammar, with every code point beyond the
// basic plane.
func isNameStart(r rune) bool {
	switch {
	case r == '?', r == '_', 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z':
		return true
	case r < 0xC0, r == 0xD7, r == 0xF7, r >= 0x300 && r <= 0x36F, r == 0x37E, isSpace(r):
		return false
	case r <= 0x1FFF, r == 0x200C, r == 0x200D:
		return true
	}
	return r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001 && r <= 0xD7FF ||
		r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000
}

func isNamePart(r rune) bool {
	return isNameStart(r) || isDigit(r) || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}
