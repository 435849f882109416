package rpc

import "bytes"

// rawRequest is one recognised call of eth_sendRawTransaction.
type rawRequest struct {
	id  []byte // as it stands in the request: a number, or a string with its quotes
	hex []byte // the transaction's hex digits without 0x
}

// scanner reads a request body that consists of nothing but
// eth_sendRawTransaction calls, without building JSON values. It accepts only
// the plain form that clients send; for everything else it gives up, and the
// general server decides.
type scanner struct {
	data []byte
	pos  int
}

// scanRaw recognises a single call or a batch. ok is false for all other bodies.
func scanRaw(body []byte, into []rawRequest) (requests []rawRequest, batch, ok bool) {
	s := &scanner{data: body}
	s.space()
	if !s.take('[') {
		r, ok := s.request()
		s.space()
		return append(into, r), false, ok && s.pos == len(s.data)
	}
	for {
		r, ok := s.request()
		if !ok {
			return nil, true, false
		}
		into = append(into, r)
		s.space()
		if s.take(',') {
			continue
		}
		closed := s.take(']')
		s.space()
		return into, true, closed && s.pos == len(s.data)
	}
}

// Members of a request, as bits: each must occur exactly once.
const (
	memberVersion = 1 << iota
	memberID
	memberMethod
	memberParams
	allMembers = memberVersion | memberID | memberMethod | memberParams
)

func (s *scanner) request() (r rawRequest, ok bool) {
	s.space()
	if !s.take('{') {
		return r, false
	}
	seen := 0
	for {
		s.space()
		name, ok := s.plainString()
		if !ok {
			return r, false
		}
		s.space()
		if !s.take(':') {
			return r, false
		}
		s.space()
		member, ok := s.member(name, &r)
		if !ok || seen&member != 0 {
			return r, false
		}
		seen |= member
		s.space()
		if s.take(',') {
			continue
		}
		return r, s.take('}') && seen == allMembers
	}
}

// member reads the value of a member and returns its bit.
func (s *scanner) member(name []byte, r *rawRequest) (bit int, ok bool) {
	switch string(name) {
	case "jsonrpc":
		v, ok := s.plainString()
		return memberVersion, ok && string(v) == "2.0"
	case "method":
		v, ok := s.plainString()
		return memberMethod, ok && string(v) == "eth_sendRawTransaction"
	case "id":
		r.id, ok = s.id()
		return memberID, ok
	case "params":
		r.hex, ok = s.params()
		return memberParams, ok
	}
	return 0, false
}

// params reads an array of exactly one hex string.
func (s *scanner) params() ([]byte, bool) {
	if !s.take('[') {
		return nil, false
	}
	s.space()
	v, ok := s.plainString()
	s.space()
	if !ok || !s.take(']') || !bytes.HasPrefix(v, []byte("0x")) || len(v)%2 != 0 {
		return nil, false
	}
	return v[2:], true
}

// id reads a natural number or a string without anything to escape.
func (s *scanner) id() ([]byte, bool) {
	start := s.pos
	if s.peek() == '"' {
		_, ok := s.plainString()
		return s.data[start:s.pos], ok
	}
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.pos++
	}
	id := s.data[start:s.pos]
	return id, len(id) > 0 && (len(id) == 1 || id[0] != '0')
}

// plainString reads a string of printable ASCII in which nothing is escaped,
// neither by the client nor by Go's JSON encoder.
func (s *scanner) plainString() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	start := s.pos
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[start : s.pos-1], true
		case c < 0x20, c > 0x7e, c == '\\', c == '<', c == '>', c == '&':
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) space() {
	for ; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
		default:
			return
		}
	}
}

func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.pos >= len(s.data) {
		return false
	}
	s.pos++
	return true
}
