package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

const (
	requestTimeout = 30 * time.Second
	maxReply       = 256 << 20
)

// wire is one keep-alive HTTP/1.1 connection that posts JSON and reads the answer. It exists because net/http
// costs several times more per request, and the generator shares the machine with the node it measures.
// It is not safe for concurrent use.
type wire struct {
	ctx     context.Context // ends every request
	address string
	tls     *tls.Config // nil for http
	head    []byte      // the request up to the value of Content-Length
	conn    net.Conn
	reader  *bufio.Reader
	release func() bool // detaches conn from ctx
	out, in []byte
}

func newWire(ctx context.Context, endpoint string) (*wire, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	w := &wire{ctx: ctx, reader: bufio.NewReaderSize(nil, 64<<10)}
	port := u.Port()
	if u.Scheme == "https" {
		w.tls = &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}}
	}
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[w.tls != nil]
	}
	w.address = net.JoinHostPort(u.Hostname(), port)
	w.head = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n", u.RequestURI(), u.Host)
	if u.User != nil {
		secret, _ := u.User.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + secret))
		w.head = fmt.Appendf(w.head, "Authorization: Basic %s\r\n", credentials)
	}
	w.head = append(w.head, "Content-Length: "...)
	return w, nil
}

// post sends one body and returns the answer's, which is valid until the next call. A connection that the
// server closed while it was idle is opened again.
func (w *wire) post(body []byte) ([]byte, error) {
	w.out = append(w.out[:0], w.head...)
	w.out = strconv.AppendInt(w.out, int64(len(body)), 10)
	w.out = append(append(w.out, "\r\n\r\n"...), body...)

	reused := w.conn != nil
	begun, err := w.exchange()
	if err != nil && reused && !begun && w.ctx.Err() == nil {
		_, err = w.exchange()
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w.in, nil
}

// exchange writes the request and reads the answer; begun says that an answer had started to arrive.
func (w *wire) exchange() (begun bool, err error) {
	if err := w.open(); err != nil {
		return false, err
	}
	w.conn.SetDeadline(time.Now().Add(requestTimeout))
	if w.ctx.Err() != nil { // after SetDeadline, which would undo the cancellation's own
		return false, w.ctx.Err()
	}
	if _, err := w.conn.Write(w.out); err != nil {
		w.close()
		return false, fmt.Errorf("send request: %w", err)
	}
	if _, err := w.reader.Peek(1); err != nil {
		w.close()
		return false, fmt.Errorf("wait for answer: %w", err)
	}
	h, err := readHead(w.reader)
	if err != nil {
		return true, err
	}
	if w.in, err = h.readBody(w.reader, w.in[:0]); err != nil {
		return true, err
	}
	if h.close {
		w.close()
	}
	if h.status != 200 {
		return true, fmt.Errorf("HTTP status %d: %s", h.status, bytes.TrimSpace(w.in[:min(len(w.in), 200)]))
	}
	return true, nil
}

func (w *wire) open() error {
	if w.conn != nil {
		return nil
	}
	dialer := &net.Dialer{Timeout: requestTimeout}
	conn, err := dialer.DialContext(w.ctx, "tcp", w.address)
	if err != nil {
		return fmt.Errorf("is a node listening there? %w", err)
	}
	if w.tls != nil {
		conn = tls.Client(conn, w.tls)
	}
	w.conn = conn
	w.reader.Reset(conn)
	w.release = context.AfterFunc(w.ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return nil
}

func (w *wire) close() {
	if w.conn != nil {
		w.release()
		w.conn.Close()
		w.conn = nil
	}
}

// replyHead is the part of an HTTP answer's head that matters here.
type replyHead struct {
	status  int
	length  int64 // -1 when unknown
	chunked bool
	close   bool
}

var errReply = errors.New("malformed HTTP answer")

func readHead(r *bufio.Reader) (replyHead, error) {
	h := replyHead{length: -1}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return h, fmt.Errorf("%w: %w", errReply, err)
	}
	version, rest, _ := bytes.Cut(line, []byte(" "))
	if !bytes.HasPrefix(version, []byte("HTTP/1.")) || len(rest) < 3 {
		return h, fmt.Errorf("%w: status line %q", errReply, line)
	}
	if h.status, err = strconv.Atoi(string(rest[:3])); err != nil {
		return h, fmt.Errorf("%w: status line %q", errReply, line)
	}
	h.close = bytes.Equal(version, []byte("HTTP/1.0"))
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return h, fmt.Errorf("%w: %w", errReply, err)
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return h, nil
		}
		if err := h.field(line); err != nil {
			return h, err
		}
	}
}

// field takes over one header line.
func (h *replyHead) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimSpace(value)
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || n < 0 || n > maxReply {
			return fmt.Errorf("%w: content length %q", errReply, value)
		}
		h.length = n
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		h.chunked = bytes.EqualFold(value, []byte("chunked"))
	case bytes.EqualFold(name, []byte("Connection")):
		h.close = h.close || bytes.EqualFold(value, []byte("close"))
	}
	return nil
}

// readBody appends the body to buf.
func (h *replyHead) readBody(r *bufio.Reader, buf []byte) ([]byte, error) {
	if h.chunked {
		return readChunks(r, buf)
	}
	if h.length >= 0 {
		return readExactly(r, buf, h.length)
	}
	h.close = true
	body, err := io.ReadAll(io.LimitReader(r, maxReply))
	return append(buf, body...), err
}

func readExactly(r *bufio.Reader, buf []byte, n int64) ([]byte, error) {
	for n > 0 { // in steps, so that memory follows what arrives and not what was announced
		step := int(min(n, 1<<20))
		start := len(buf)
		buf = append(buf, make([]byte, step)...)
		if _, err := io.ReadFull(r, buf[start:]); err != nil {
			return buf[:start], fmt.Errorf("%w: %w", errReply, err)
		}
		n -= int64(step)
	}
	return buf, nil
}

func readChunks(r *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return buf, fmt.Errorf("%w: %w", errReply, err)
		}
		digits, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		size, err := strconv.ParseUint(string(digits), 16, 32)
		if err != nil || int64(len(buf))+int64(size) > maxReply {
			return buf, fmt.Errorf("%w: chunk size %q", errReply, digits)
		}
		if size == 0 {
			return buf, skipTrailer(r)
		}
		if buf, err = readExactly(r, buf, int64(size)); err != nil {
			return buf, err
		}
		if line, err = r.ReadSlice('\n'); err != nil || len(bytes.TrimSpace(line)) > 0 {
			return buf, fmt.Errorf("%w: chunk without an end", errReply)
		}
	}
}

func skipTrailer(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("%w: %w", errReply, err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
	}
}
