package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// What `up` says of itself, in one line of JSON, when everything is ready.
type said struct {
	Kubeconfig  string            `json:"kubeconfig"`
	Limited     string            `json:"limited"`
	Certificate string            `json:"certificate"`
	Expired     string            `json:"expired"`
	Stranger    string            `json:"stranger"`
	Server      string            `json:"server"`
	Authority   string            `json:"ca"`
	Tokens      map[string]string `json:"tokens"`
	Audit       string            `json:"audit"`
	Nodes       []string          `json:"nodes"`
	Processes   map[string]int    `json:"pids"`
	Dir         string            `json:"dir"`
}

// Children are ended by the kernel with the thread that started them: that must be the first one, for good.
func init() { runtime.LockOSThread() }

// What was asked for.
type wanted struct {
	dir      string
	address  string
	port     int
	nodes    int
	kwok     string
	machines []string
	stay     bool
}

func up() int {
	flags := flag.NewFlagSet("up", flag.ExitOnError)
	var w wanted
	flags.StringVar(&w.dir, "dir", "", "a folder, new or empty; without it one of its own, removed at the end")
	flags.StringVar(&w.address, "address", "127.0.0.1", "where the API is served")
	flags.IntVar(&w.port, "port", 0, "the API's port; 0 picks a free one")
	flags.IntVar(&w.nodes, "nodes", 3, "how many nodes, played by kwok")
	flags.StringVar(&w.kwok, "kwok", "", "the kwok program; by default the one beside this")
	machines := flags.String("machines", "", "names of machines whose kubelets will come, instead of nodes that are played")
	flags.BoolVar(&w.stay, "stay", false, "do not end with standard input")
	_ = flags.Parse(os.Args[1:])
	if *machines != "" {
		w.machines, w.nodes = strings.Split(*machines, ","), 0
	}
	if err := serve(w); err != nil {
		fmt.Fprintln(os.Stderr, "plane:", err)
		return 1
	}
	return 0
}

func serve(w wanted) error {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE)
	var lines chan string
	if !w.stay {
		lines = make(chan string)
		go read(lines)
	}
	if w.dir == "" {
		// In memory where there is room: etcd alone lays 128 MB aside, and a disk may be full or slow.
		own, err := os.MkdirTemp("/dev/shm", "plane-")
		if err != nil {
			if own, err = os.MkdirTemp("", "plane-"); err != nil {
				return err
			}
		}
		defer os.RemoveAll(own)
		w.dir = own
	}
	var err error
	if w.dir, err = empty(w.dir); err != nil {
		return err
	}
	keys, err := makeKeys(w)
	if err != nil {
		return err
	}
	if w.kwok == "" && w.nodes > 0 {
		if w.kwok, err = beside("kwok"); err != nil {
			return err
		}
	}
	plane, err := begin(w, keys)
	defer func() { plane.stop() }()
	if err != nil {
		return err
	}
	answer := json.NewEncoder(os.Stdout)
	if err := answer.Encode(plane.said()); err != nil {
		return err
	}
	for {
		select {
		case <-ends:
			return nil
		case line, open := <-lines:
			if !open {
				return nil
			}
			done := map[string]string{"did": line}
			if err := plane.obey(line); err != nil {
				done = map[string]string{"error": err.Error()}
			}
			if err := answer.Encode(done); err != nil {
				return err
			}
		case name := <-plane.ended:
			if plane.lost(name) {
				return fmt.Errorf("%s ended by itself, %s", name, plane.lastWords(name))
			}
		}
	}
}

// A free port can be taken by another before its part binds it: then all is begun again with others.
func begin(w wanted, keys *keys) (*plane, error) {
	for attempt := 1; ; attempt++ {
		plane, err := newPlane(w, keys)
		if err != nil {
			return plane, err
		}
		if err = plane.start(context.Background()); err == nil {
			return plane, nil
		}
		if attempt == 3 || !errors.Is(err, errEnded) {
			return plane, err
		}
		plane.stop()
		if err := os.RemoveAll(filepath.Join(w.dir, "etcd")); err != nil {
			return plane, err
		}
	}
}

func read(lines chan<- string) {
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			lines <- line
		}
	}
	close(lines)
}

func empty(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	there, err := os.ReadDir(dir)
	if err == nil && len(there) > 0 {
		err = fmt.Errorf("`%s` is not empty", dir)
	}
	return dir, err
}

func beside(name string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(own), name)
	_, err = os.Stat(path)
	return path, err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
