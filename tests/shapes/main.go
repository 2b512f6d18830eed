// Command shapes asks a real control plane (tests/plane) what it is like and writes that down for the twin.
//
//	shapes -plane BIN kinds  DIR   its discovery, its OpenAPI and how its types are written, as compact data
//	shapes -plane BIN record DIR   its answers to the cases of DIR/*.ask.json, as DIR/*.said.json.gz
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
)

// What `plane up` says of itself.
type plane struct {
	Server    string            `json:"server"`
	Authority string            `json:"ca"`
	Tokens    map[string]string `json:"tokens"`

	client *http.Client
	lines  *bufio.Reader
	input  io.WriteCloser
	child  *exec.Cmd
}

func main() {
	program := flag.String("plane", "target/plane/bin/plane", "the program of tests/plane")
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*program, flag.Arg(0), flag.Arg(1)); err != nil {
		fmt.Fprintln(os.Stderr, "shapes:", err)
		os.Exit(1)
	}
}

func run(program, verb, folder string) error {
	p, err := start(program)
	if err != nil {
		return err
	}
	defer p.end()
	switch verb {
	case "kinds":
		return kinds(p, folder)
	case "record":
		return record(p, folder)
	}
	return fmt.Errorf("no such verb: %s", verb)
}

func start(program string) (*plane, error) {
	child := exec.Command(program, "up", "--nodes", "1")
	child.Stderr = os.Stderr
	input, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	p := &plane{lines: bufio.NewReader(output), input: input, child: child}
	line, err := p.lines.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the plane said nothing: %w", err)
	}
	if err := json.Unmarshal(line, p); err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(p.Authority)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	return p, nil
}

func (p *plane) end() {
	_ = p.input.Close()
	_ = p.child.Wait()
}

// Ends a part of the plane, so that nothing but the API acts.
func (p *plane) kill(part string) error {
	if _, err := fmt.Fprintln(p.input, "kill", part); err != nil {
		return err
	}
	_, err := p.lines.ReadBytes('\n')
	return err
}

func (p *plane) ask(method, path string, headers map[string]string, body []byte) (int, http.Header, []byte, error) {
	request, err := http.NewRequest(method, p.Server+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.Tokens["admin"])
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, text, err
}

// A document of the server, or nothing.
func (p *plane) get(path, accept string) (any, error) {
	status, _, text, err := p.ask("GET", path, map[string]string{"Accept": accept}, nil)
	if err != nil {
		return nil, err
	}
	if status != 200 {
		return nil, fmt.Errorf("%s: %d %s", path, status, text)
	}
	var value any
	return value, json.Unmarshal(text, &value)
}

func write(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	zipper, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := zipper.Write(text); err != nil {
		return err
	}
	if err := zipper.Close(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d bytes, %d packed\n", path, len(text), packed.Len())
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
