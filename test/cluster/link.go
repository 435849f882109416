package cluster

import (
	"net"
	"sync"
)

// Cut says what happens to what is sent over a link.
type Cut int

// States of a link.
const (
	Joined  Cut = iota // it is delivered
	Silent             // it is held back until the link is joined again, as when a cable is pulled
	Severed            // connections break, and new ones are refused
)

// Link is the only way between two nodes: the one listens at it on behalf of
// the other. It can be cut and joined again.
type Link struct {
	From, To int // numbers of the nodes
	target   string
	listener net.Listener

	mu    sync.Mutex
	state Cut
	moved chan struct{} // closed when the state changes
	conns map[net.Conn]struct{}
}

func newLink(from, to int, target string) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{From: from, To: to, target: target, listener: listener, moved: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	go l.accept()
	return l, nil
}

// Address is where the connecting node finds the other one.
func (l *Link) Address() string { return l.listener.Addr().String() }

// Set cuts or joins the link.
func (l *Link) Set(state Cut) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == state {
		return
	}
	l.state = state
	close(l.moved)
	l.moved = make(chan struct{})
	if state == Severed {
		for conn := range l.conns {
			conn.Close()
		}
	}
}

func (l *Link) close() {
	l.listener.Close()
	l.Set(Severed)
}

func (l *Link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		go l.serve(near)
	}
}

// serve joins a connection to the other node, unless the link is severed.
func (l *Link) serve(near net.Conn) {
	defer near.Close()
	if l.wait() == Severed {
		return
	}
	far, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.add(near, far) {
		return
	}
	defer l.remove(near, far)
	var done sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		done.Go(func() {
			l.carry(way[0], way[1])
			near.Close()
			far.Close()
		})
	}
	done.Wait()
}

// carry passes on what comes in, while the link is joined.
func (l *Link) carry(from, to net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		size, err := from.Read(buffer)
		if err != nil || l.wait() == Severed {
			return
		}
		if _, err := to.Write(buffer[:size]); err != nil {
			return
		}
	}
}

// wait returns the state as soon as it is not Silent.
func (l *Link) wait() Cut {
	for {
		l.mu.Lock()
		state, moved := l.state, l.moved
		l.mu.Unlock()
		if state != Silent {
			return state
		}
		<-moved
	}
}

func (l *Link) add(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		l.conns[conn] = struct{}{}
	}
	return l.state != Severed
}

func (l *Link) remove(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		delete(l.conns, conn)
	}
}
