package ruletext

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSource is the largest rule text in bytes.
const MaxSource = 4 << 20

type tokenKind int

const (
	tokEnd tokenKind = iota
	tokIdent
	tokVar // $name; text is name
	tokInt
	tokDecimal
	tokString
	tokOp
)

type token struct {
	kind  tokenKind
	text  string
	pos   Pos
	end   int      // line on which the token ends
	lead  []string // comments before it
	trail string   // comment after it on its last line
}

// describe names the token in an error message.
func (t token) describe() string {
	switch t.kind {
	case tokEnd:
		return "end of file"
	case tokVar:
		return "variable $" + t.text
	case tokString:
		return fmt.Sprintf("string %.30q", t.text)
	}
	return fmt.Sprintf("%.30q", t.text)
}

type lexer struct {
	file string
	src  string
	at   int
	line int
	bol  int // offset of the current line's first byte
	toks []token
	lead []string
}

// hyphenated are the words that contain hyphens.
var hyphenated = []string{"no-loop", "agenda-group", "lock-on-active"}

var operators = []string{"==", "!=", "<=", ">=", "&&", "||",
	"(", ")", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "!", "."}

func lex(file, src string) ([]token, error) {
	l := &lexer{file: file, src: src, line: 1}
	if len(src) > MaxSource {
		return nil, l.errorf(0, "the text has %d bytes, the limit is %d", len(src), MaxSource)
	}
	if !utf8.ValidString(src) {
		return nil, l.errorf(0, "the text is not UTF-8")
	}
	for {
		if err := l.space(); err != nil {
			return nil, err
		}
		if l.at == len(l.src) {
			l.emit(tokEnd, l.at, "")
			return l.toks, nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) errorf(at int, format string, args ...any) *Error {
	return &Error{File: l.file, Pos: Pos{l.line, at - l.bol + 1}, Msg: fmt.Sprintf(format, args...)}
}

func (l *lexer) emit(kind tokenKind, start int, text string) {
	l.toks = append(l.toks, token{kind: kind, text: text, pos: Pos{l.line, start - l.bol + 1}, end: l.line, lead: l.lead})
	l.lead = nil
}

// space skips white space and files each comment with the token before it, when
// it stands on that token's line, or else with the token after it.
func (l *lexer) space() error {
	for l.at < len(l.src) {
		rest := l.src[l.at:]
		switch {
		case rest[0] == '\n':
			l.at++
			l.line++
			l.bol = l.at
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			l.at++
		case strings.HasPrefix(rest, "//"):
			text, _, _ := strings.Cut(rest[2:], "\n")
			l.comment(text, l.line)
			l.at += 2 + len(text)
		case strings.HasPrefix(rest, "/*"):
			body, _, found := strings.Cut(rest[2:], "*/")
			if !found {
				return l.errorf(l.at, "the comment has no end, expected */")
			}
			first := l.line
			for i, text := range strings.Split(body, "\n") {
				l.comment(text, first+i)
			}
			for i := 0; i < len(body); i++ {
				if body[i] == '\n' {
					l.line++
					l.bol = l.at + 2 + i + 1
				}
			}
			l.at += len(body) + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) comment(text string, line int) {
	text = strings.TrimSpace(strings.Map(printable, text))
	if text == "" {
		return
	}
	if n := len(l.toks); n > 0 && l.toks[n-1].end == line && l.toks[n-1].trail == "" && len(l.lead) == 0 {
		l.toks[n-1].trail = text
		return
	}
	l.lead = append(l.lead, text)
}

// printable turns control characters into spaces.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// word gives the end of the run of letters and digits that starts at from.
func (l *lexer) word(from int) int {
	for from < len(l.src) && (isLetter(l.src[from]) || isDigit(l.src[from])) {
		from++
	}
	return from
}

func (l *lexer) next() error {
	start := l.at
	c := l.src[start]
	switch {
	case isLetter(c):
		l.at = l.word(start)
		for _, w := range hyphenated {
			if end := start + len(w); strings.HasPrefix(l.src[start:], w) && l.word(end) == end {
				l.at = end
			}
		}
		l.emit(tokIdent, start, l.src[start:l.at])
		return nil
	case c == '$':
		l.at = l.word(start + 1)
		if l.at == start+1 || isDigit(l.src[start+1]) {
			return l.errorf(start, "expected a name after $")
		}
		l.emit(tokVar, start, l.src[start+1:l.at])
		return nil
	case isDigit(c):
		return l.number(start)
	case c == '"':
		return l.quoted(start)
	}
	for _, op := range operators {
		if strings.HasPrefix(l.src[start:], op) {
			l.at += len(op)
			l.emit(tokOp, start, op)
			return nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.src[start:])
	return l.errorf(start, "unexpected character %q", r)
}

// number reads digits, an optional fraction and an optional exponent.
func (l *lexer) number(start int) error {
	kind := tokInt
	digits := func() {
		for l.at < len(l.src) && isDigit(l.src[l.at]) {
			l.at++
		}
	}
	digits()
	if l.at+1 < len(l.src) && l.src[l.at] == '.' && isDigit(l.src[l.at+1]) {
		kind = tokDecimal
		l.at++
		digits()
	}
	if l.at < len(l.src) && (l.src[l.at] == 'e' || l.src[l.at] == 'E') {
		kind = tokDecimal
		l.at++
		if l.at < len(l.src) && (l.src[l.at] == '+' || l.src[l.at] == '-') {
			l.at++
		}
		digits()
	}
	if end := l.word(l.at); end != l.at || !isDigit(l.src[l.at-1]) {
		return l.errorf(start, "malformed number %.40q, expected digits such as 12 or 0.05 or 1e6", l.src[start:end])
	}
	l.emit(kind, start, l.src[start:l.at])
	return nil
}

// quoted reads a string with the escapes \" \\ \n \r \t.
func (l *lexer) quoted(start int) error {
	var out strings.Builder
	for l.at++; l.at < len(l.src); l.at++ {
		switch c := l.src[l.at]; c {
		case '"':
			l.at++
			l.emit(tokString, start, out.String())
			return nil
		case '\n':
			return l.errorf(start, `the string does not end on its line, expected " (write a line break as \n)`)
		case '\\':
			l.at++
			if l.at == len(l.src) {
				break
			}
			i := strings.IndexByte(`"\nrt`, l.src[l.at])
			if i < 0 {
				return l.errorf(l.at-1, `unknown escape, expected one of \" \\ \n \r \t`)
			}
			out.WriteByte("\"\\\n\r\t"[i])
		default:
			out.WriteByte(c)
		}
	}
	return l.errorf(start, `the string has no end, expected "`)
}
