// Package client talks to an Ethereum node over JSON-RPC: status, lookups that
// also understand CyberMiles' unsigned system transactions, and sending with
// nonce, gas and fees filled in. It works against any Ethereum node and imports
// nothing else of this repository. It holds no keys: whoever sends brings the
// signing function.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

// Client is a connection to one node. The embedded ethclient.Client offers the
// standard reads; the methods here add what it lacks.
type Client struct {
	*ethclient.Client
	url string
}

// ErrNoNode says that something else than an Ethereum node answered.
var ErrNoNode = errors.New("what answers is no Ethereum node")

// UnreachableError says that no node answers at an address.
type UnreachableError struct {
	URL string
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no node answers at %s (%v)", e.URL, e.Err)
}

// Unwrap returns the network error behind it.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Dial connects to a node's JSON-RPC endpoint: an http, https, ws or wss URL or
// the path of an IPC socket. Over HTTP nothing is sent before the first call.
func Dial(ctx context.Context, endpoint string) (*Client, error) {
	if err := checkEndpoint(endpoint); err != nil {
		return nil, err
	}
	conn, err := rpc.DialContext(ctx, endpoint)
	if err != nil {
		if unreachable(err) {
			return nil, &UnreachableError{URL: endpoint, Err: err}
		}
		return nil, fmt.Errorf("connect to %s: %w", endpoint, err)
	}
	return &Client{Client: ethclient.NewClient(conn), url: endpoint}, nil
}

// URL returns the endpoint that the client was dialled with.
func (c *Client) URL() string { return c.url }

// CallRPC makes one JSON-RPC call and decodes its result. As in every method of
// the client, network failures become an UnreachableError and answers that are
// no JSON-RPC wrap ErrNoNode.
func (c *Client) CallRPC(ctx context.Context, result any, method string, args ...any) error {
	return c.wrap(c.Client.Client().CallContext(ctx, result, method, args...))
}

func (c *Client) wrap(err error) error {
	var syntax *json.SyntaxError
	var status rpc.HTTPError
	switch {
	case err == nil:
		return nil
	case unreachable(err):
		return &UnreachableError{URL: c.url, Err: rootCause(err)}
	case errors.As(err, &syntax), errors.As(err, &status) && status.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w at %s: %w", ErrNoNode, c.url, err)
	default:
		return err
	}
}

func checkEndpoint(endpoint string) error {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("endpoint %q is not a URL: %w", endpoint, err)
	}
	switch parsed.Scheme {
	case "http", "https", "ws", "wss":
		if parsed.Host == "" {
			return fmt.Errorf("endpoint %q names no host; write http://HOST:PORT", endpoint)
		}
		return nil
	case "":
		if _, err := os.Stat(endpoint); err != nil {
			return fmt.Errorf("endpoint %q is neither a URL (http://HOST:PORT) nor an IPC socket that exists", endpoint)
		}
		return nil
	default:
		return fmt.Errorf("endpoint %q has the scheme %q; use http, https, ws, wss or the path of an IPC socket", endpoint, parsed.Scheme)
	}
}

// unreachable tells a node that is not there from one that answers with an error.
func unreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &dns) || errors.As(err, &op)
}

func rootCause(err error) error {
	for _, known := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		if errors.Is(err, known) {
			return known
		}
	}
	return err
}

// methodMissing reports whether a node answered that it does not offer a method.
func methodMissing(err error) bool {
	var coded rpc.Error
	return errors.As(err, &coded) && coded.ErrorCode() == -32601
}
