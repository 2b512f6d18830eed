// Command record asks a real control plane everything the likeness suite asks, and writes down what it answers.
//
// Usage: record PLANE CASES ANSWERS [NAME...], where PLANE is the plane's binary and NAMEs are sessions (all when none);
// record generate CASES SEED... writes sessions that are made from numbers.
// The plane's controllers are held still, so that only the API server speaks.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

type session struct {
	About string `json:"about"`
	Steps []step `json:"steps"`
}

type step struct {
	Do      string            `json:"do"`
	Body    json.RawMessage   `json:"body"`
	Raw     string            `json:"raw"`
	As      string            `json:"as"`
	Accept  string            `json:"accept"`
	Type    string            `json:"type"`
	Headers map[string]string `json:"headers"`
	Keep    map[string]string `json:"keep"`
	Wait    int               `json:"wait"`
}

type answer struct {
	Status  int            `json:"status"`
	Headers map[string]any `json:"headers"`
	JSON    any            `json:"json,omitempty"`
	Lines   []any          `json:"lines,omitempty"`
	Text    *string        `json:"text,omitempty"`
}

type plane struct {
	Server string            `json:"server"`
	Tokens map[string]string `json:"tokens"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("usage: record PLANE CASES ANSWERS [NAME...] | record generate CASES SEED...")
	}
	if args[0] == "generate" {
		for _, seed := range args[2:] {
			number, err := strconv.ParseInt(seed, 10, 64)
			if err != nil {
				return err
			}
			if err := generate(args[1], number); err != nil {
				return err
			}
		}
		return nil
	}
	asked, err := startHooks()
	if err != nil {
		return err
	}
	up, stop, err := start(args[0])
	if err != nil {
		return err
	}
	defer stop()
	names := args[3:]
	if len(names) == 0 {
		files, err := filepath.Glob(filepath.Join(args[1], "*.json"))
		if err != nil {
			return err
		}
		for _, file := range files {
			names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
		}
	}
	sort.Strings(names)
	for _, name := range names {
		if err := record(up, asked, args[1], args[2], name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func start(binary string) (plane, func(), error) {
	var up plane
	command := exec.Command(binary, "up")
	in, err := command.StdinPipe()
	if err != nil {
		return up, nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return up, nil, err
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return up, nil, err
	}
	stop := func() { in.Close(); command.Wait() }
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		stop()
		return up, nil, err
	}
	if err := json.Unmarshal(line, &up); err != nil {
		stop()
		return up, nil, err
	}
	time.Sleep(3 * time.Second)
	for _, part := range []string{"kube-controller-manager", "kube-scheduler", "kwok"} {
		fmt.Fprintf(in, "pause %s\n", part)
		if _, err := lines.ReadBytes('\n'); err != nil {
			stop()
			return up, nil, err
		}
	}
	return up, stop, nil
}

func client() *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true}
	return &http.Client{Transport: transport, Timeout: 60 * time.Second}
}

func record(up plane, asked *hooks, cases, answers, name string) error {
	text, err := os.ReadFile(filepath.Join(cases, name+".json"))
	if err != nil {
		return err
	}
	var session session
	if err := json.Unmarshal(text, &session); err != nil {
		return err
	}
	kept := map[string]string{"ns": "like-" + name, "hooks": asked.address, "key": asked.key}
	http := client()
	setup := []step{
		{Do: "POST /api/v1/namespaces", Body: []byte(`{"metadata":{"name":"` + kept["ns"] + `"}}`)},
		{Do: "POST /api/v1/namespaces/" + kept["ns"] + "/serviceaccounts", Body: []byte(`{"metadata":{"name":"default"}}`)},
	}
	for _, step := range setup {
		if _, err := ask(http, up, step, kept); err != nil {
			return err
		}
	}
	found := []answer{}
	for at, step := range session.Steps {
		// What the server learns of its own objects it learns a moment later.
		time.Sleep(time.Duration(step.Wait) * time.Second)
		answer, err := ask(http, up, step, kept)
		if err != nil {
			return fmt.Errorf("step %d: %w", at+1, err)
		}
		found = append(found, answer)
	}
	var out bytes.Buffer
	out.WriteString("[\n")
	for at, answer := range found {
		line, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(line), asked.address, hooksPlace)
		out.WriteString(strings.ReplaceAll(text, asked.key, hooksKey))
		if at+1 < len(found) {
			out.WriteString(",")
		}
		out.WriteString("\n")
	}
	out.WriteString("]\n")
	return os.WriteFile(filepath.Join(answers, name+".json"), out.Bytes(), 0o644)
}

func filled(text string, kept map[string]string) string {
	for name, value := range kept {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

func ask(client *http.Client, up plane, step step, kept map[string]string) (answer, error) {
	var found answer
	method, path, ok := strings.Cut(step.Do, " ")
	if !ok {
		return found, fmt.Errorf("`%s` is no request", step.Do)
	}
	body := step.Raw
	if len(step.Body) > 0 {
		body = string(step.Body)
	}
	request, err := http.NewRequest(method, up.Server+filled(path, kept), strings.NewReader(filled(body, kept)))
	if err != nil {
		return found, err
	}
	request.Header.Set("User-Agent", "likeness/1.0")
	request.Header.Set("Accept", "application/json")
	if step.Accept != "" {
		request.Header.Set("Accept", step.Accept)
	}
	if step.Type != "" {
		request.Header.Set("Content-Type", step.Type)
	} else if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	switch step.As {
	case "", "admin", "limited":
		as := step.As
		if as == "" {
			as = "admin"
		}
		request.Header.Set("Authorization", "Bearer "+up.Tokens[as])
	case "wrong":
		request.Header.Set("Authorization", "Bearer nobody-knows-this")
	}
	for name, value := range step.Headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return found, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return found, err
	}
	found.Status = response.StatusCode
	found.Headers = map[string]any{}
	for _, name := range []string{"Content-Type", "Warning", "Retry-After"} {
		if values := response.Header.Values(name); len(values) > 0 {
			found.Headers[strings.ToLower(name)] = values
		}
	}
	read(&found, text)
	for name, path := range step.Keep {
		kept[name] = at(found.JSON, path)
	}
	return found, nil
}

// read tells apart one JSON value, a stream of them, and words.
func read(found *answer, text []byte) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var values []any
	for {
		var value any
		if err := decoder.Decode(&value); err == io.EOF {
			break
		} else if err != nil {
			words := string(text)
			found.Text = &words
			return
		}
		values = append(values, value)
	}
	if len(values) == 1 {
		if event, ok := values[0].(map[string]any); !ok || event["object"] == nil || event["type"] == nil {
			found.JSON = values[0]
			return
		}
	}
	found.Lines = values
}

func at(value any, path string) string {
	for _, piece := range strings.Split(path, ".") {
		fields, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		value = fields[piece]
	}
	return fmt.Sprint(value)
}
