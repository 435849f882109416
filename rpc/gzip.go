package rpc

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// gzipFrom is the least size of an answer that is compressed, in bytes: below
// it the packets on the wire are hardly fewer.
const gzipFrom = 1024

var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
	return w
}}

// compressed serves a request with an answer that is compressed when the client
// takes that and the answer is large enough.
func compressed(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if !takesGzip(r.Header) {
		next.ServeHTTP(w, r)
		return
	}
	answer := &gzipAnswer{ResponseWriter: w}
	defer answer.close()
	next.ServeHTTP(answer, r)
}

// takesGzip reads the Accept-Encoding header (RFC 9110 §12.5.3).
func takesGzip(h http.Header) bool {
	for _, list := range h.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(list, ",") {
			name, weight, weighted := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			if !weighted {
				return true
			}
			text, found := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
			q, err := strconv.ParseFloat(text, 64)
			return found && err == nil && q > 0
		}
	}
	return false
}

// gzipAnswer holds an answer back until it is known to be large. What is flushed
// before that, and what names its own transfer encoding, goes out as it is:
// go-ethereum's server sends its late errors so.
type gzipAnswer struct {
	http.ResponseWriter
	status int    // 0: not set by the handler
	begin  []byte // not sent yet
	plain  bool   // decided: not compressed
	zip    *gzip.Writer
}

// Unwrap lets http.ResponseController reach the connection.
func (a *gzipAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader remembers the status until the encoding is decided.
func (a *gzipAnswer) WriteHeader(status int) {
	if a.status != 0 {
		return // only the first one counts
	}
	a.status = status
	if a.Header().Get("Transfer-Encoding") == "identity" || a.Header().Get("Content-Encoding") != "" {
		a.sendPlain()
	}
}

// Write implements io.Writer.
func (a *gzipAnswer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case a.plain:
		return a.ResponseWriter.Write(p)
	case a.zip == nil && len(a.begin)+len(p) < gzipFrom:
		a.begin = append(a.begin, p...)
		return len(p), nil
	case a.zip == nil:
		if err := a.sendZipped(); err != nil {
			return 0, err
		}
	}
	return a.zip.Write(p)
}

// Flush sends what there is.
func (a *gzipAnswer) Flush() {
	if a.zip != nil {
		_ = a.zip.Flush() // the client may be gone
	} else {
		a.sendPlain()
	}
	if f, ok := a.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// sendPlain sends what was held back without compression.
func (a *gzipAnswer) sendPlain() {
	if a.plain {
		return
	}
	a.plain = true
	if a.status != 0 {
		a.ResponseWriter.WriteHeader(a.status)
	}
	if len(a.begin) > 0 {
		_, _ = a.ResponseWriter.Write(a.begin) // the client may be gone
		a.begin = nil
	}
}

// sendZipped begins a compressed answer with what was held back.
func (a *gzipAnswer) sendZipped() error {
	h := a.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", http.DetectContentType(a.begin))
	}
	h.Del("Content-Length")
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	a.ResponseWriter.WriteHeader(a.status)
	a.zip = gzipWriters.Get().(*gzip.Writer)
	a.zip.Reset(a.ResponseWriter)
	_, err := a.zip.Write(a.begin)
	a.begin = nil
	return err
}

// close ends the answer.
func (a *gzipAnswer) close() {
	if a.zip == nil {
		a.sendPlain()
		return
	}
	_ = a.zip.Close() // the client may be gone
	a.zip.Reset(nil)
	gzipWriters.Put(a.zip)
}
