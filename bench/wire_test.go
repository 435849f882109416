package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func openWire(t *testing.T, url string) *wire {
	t.Helper()
	w, err := newWire(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

// TestWirePosts sends bodies of many sizes to net/http and reads the answers, with a length and in chunks.
func TestWirePosts(t *testing.T) {
	for name, server := range map[string]func(http.Handler) *httptest.Server{
		"http": httptest.NewServer, "https": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			connections := map[string]bool{}
			s := server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				connections[r.RemoteAddr] = true
				body, err := io.ReadAll(r.Body)
				user, password, _ := r.BasicAuth()
				if err != nil || r.URL.RequestURI() != "/path?key=1" || user != "me" || password != "secret" ||
					r.Header.Get("Content-Type") != "application/json" {
					http.Error(w, "unexpected request", http.StatusBadRequest)
					return
				}
				w.Write(body[:len(body)/2])
				if len(body)%2 == 1 {
					w.(http.Flusher).Flush() // makes the answer chunked
				}
				w.Write(body[len(body)/2:])
			}))
			defer s.Close()
			w := openWire(t, strings.Replace(s.URL, "://", "://me:secret@", 1)+"/path?key=1")
			if w.tls != nil {
				w.tls.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
				w.tls.ServerName = "example.com"
			}
			for _, size := range []int{1, 2, 100, 2047, 2049, 70_001, 3_000_000} {
				body := bytes.Repeat([]byte{'x'}, size)
				answer, err := w.post(body)
				if err != nil {
					t.Fatalf("%d bytes: %v", size, err)
				}
				if !bytes.Equal(answer, body) {
					t.Errorf("%d bytes: got %d back", size, len(answer))
				}
			}
			if len(connections) != 1 {
				t.Errorf("%d connections were used, want 1", len(connections))
			}
		})
	}
}

// TestWireReconnects checks that a connection which the server closes between requests is opened again.
func TestWireReconnects(t *testing.T) {
	requests := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if requests%2 == 0 {
			w.Header().Set("Connection", "close")
		}
		fmt.Fprint(w, "answer")
	}))
	defer s.Close()
	w := openWire(t, s.URL)
	for i := range 6 {
		if i == 3 {
			s.CloseClientConnections() // without a word
		}
		if answer, err := w.post([]byte("{}")); err != nil || string(answer) != "answer" {
			t.Fatalf("request %d: %q, %v", i, answer, err)
		}
	}
}

func TestWireErrors(t *testing.T) {
	for name, test := range map[string]struct{ answer, want string }{
		"not HTTP":           {"SSH-2.0-OpenSSH\r\n\r\n", "status line"},
		"no status":          {"HTTP/1.1 abc\r\n\r\n", "status line"},
		"status":             {"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 9\r\n\r\nslow down", "HTTP status 429: slow down"},
		"negative length":    {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "content length"},
		"enormous length":    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "content length"},
		"short body":         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "malformed"},
		"bad chunk size":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk size"},
		"chunk without end":  {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", "chunk without an end"},
		"enormous chunk":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", "chunk size"},
		"head without end":   {"HTTP/1.1 200 OK\r\nContent-Len", "malformed"},
		"endless head line":  {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 70_000), "malformed"},
		"closed at once":     {"", "wait for answer"},
		"endless first line": {strings.Repeat("x", 70_000), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWire(t, serveRaw(t, test.answer))
			if _, err := w.post([]byte("{}")); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about %q", err, test.want)
			}
		})
	}
}

// serveRaw answers every connection's first request with the same bytes and closes it.
func serveRaw(t *testing.T, answer string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, answer)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestWireEndsWithItsContext(t *testing.T) {
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer s.Close()
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	w, err := newWire(ctx, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	if _, err := w.post([]byte("{}")); err == nil {
		t.Error("a request that nobody answers succeeded")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a cancelled request took %s", took)
	}
	if _, err := w.post([]byte("{}")); !errors.Is(err, context.Canceled) {
		t.Errorf("a request after the end: %v", err)
	}
}

// FuzzAnswer feeds arbitrary bytes to the HTTP reader: it must neither panic nor return more than arrived.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nA: b\r\n\r\n"))
	f.Add([]byte("HTTP/1.0 500\r\n\r\nto the end"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(data), 4096)
		h, err := readHead(r)
		if err != nil {
			return
		}
		body, err := h.readBody(r, nil)
		if len(body) > len(data) {
			t.Fatalf("read %d bytes of %d", len(body), len(data))
		}
		if err == nil && !h.chunked && h.length >= 0 && int64(len(body)) != h.length {
			t.Fatalf("read %d bytes, announced were %d", len(body), h.length)
		}
	})
}
