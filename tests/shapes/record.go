package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// One request to one object.
type step struct {
	Verb       string          `json:"verb"`
	Force      bool            `json:"force,omitempty"`
	Resource   string          `json:"resource"`
	Namespace  string          `json:"namespace,omitempty"`
	Name       string          `json:"name"`
	Sub        string          `json:"sub,omitempty"`
	Manager    string          `json:"manager,omitempty"`
	Validation string          `json:"validation,omitempty"`
	Body       json.RawMessage `json:"body,omitempty"`
	Text       string          `json:"text,omitempty"`
}

// Requests that follow each other.
type scene struct {
	Name  string `json:"name"`
	Steps []step `json:"steps"`
}

// A request, what was there before it, and what came of it.
type said struct {
	Scene    string          `json:"scene"`
	Step     step            `json:"step"`
	Before   json.RawMessage `json:"before"`
	Code     int             `json:"code"`
	Answer   json.RawMessage `json:"answer"`
	Warnings []string        `json:"warnings,omitempty"`
}

const namespace = "cases"

// Records the answers to all that is asked in the folder, and to scenes that are generated.
func record(p *plane, folder string) error {
	if err := settle(p, folder); err != nil {
		return err
	}
	asked, err := filepath.Glob(filepath.Join(folder, "*.ask.json"))
	if err != nil {
		return err
	}
	for _, path := range asked {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var scenes []scene
		if err := json.Unmarshal(text, &scenes); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := recordAll(p, scenes, strings.Replace(path, ".ask.json", ".said.json.gz", 1)); err != nil {
			return err
		}
	}
	seed := int64(20261121)
	if given := os.Getenv("SEED"); given != "" {
		if _, err := fmt.Sscan(given, &seed); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, "seed", seed)
	if err := recordAll(p, generate(seed), filepath.Join(folder, "generated.said.json.gz")); err != nil {
		return err
	}
	mutants, err := mutate(seed, filepath.Join(folder, "defaults.ask.json"))
	if err != nil {
		return err
	}
	return recordAll(p, mutants, filepath.Join(folder, "mutants.said.json.gz"))
}

// A namespace with its service account, and nothing that acts but the API.
func settle(p *plane, folder string) error {
	body := []byte(`{"metadata":{"name":"` + namespace + `"}}`)
	if _, _, _, err := p.ask("POST", "/api/v1/namespaces", jsonBody, body); err != nil {
		return err
	}
	for range 100 {
		status, _, _, err := p.ask("GET", "/api/v1/namespaces/"+namespace+"/serviceaccounts/default", nil, nil)
		if err != nil {
			return err
		}
		if status == 200 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := define(p, folder); err != nil {
		return err
	}
	for _, part := range []string{"kube-controller-manager", "kube-scheduler", "kwok"} {
		if err := p.kill(part); err != nil {
			return err
		}
	}
	return nil
}

// Adds the kinds of `definitions.json` and waits until they are served.
func define(p *plane, folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "definitions.json"))
	if err != nil {
		return err
	}
	var definitions []json.RawMessage
	if err := json.Unmarshal(text, &definitions); err != nil {
		return err
	}
	for _, definition := range definitions {
		status, _, answer, err := p.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", jsonBody, definition)
		if err != nil {
			return err
		}
		if status != 201 {
			return fmt.Errorf("a definition is refused: %s", answer)
		}
	}
	for _, plural := range []string{"widgets", "rules", "plains"} {
		for range 100 {
			status, _, _, err := p.ask("GET", "/apis/cases.example/v1/"+plural, nil, nil)
			if err != nil {
				return err
			}
			if status == 200 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	return nil
}

var jsonBody = map[string]string{"Content-Type": "application/json"}

func recordAll(p *plane, scenes []scene, path string) error {
	all := []said{}
	for _, scene := range scenes {
		made := []step{}
		for _, step := range scene.Steps {
			one, err := perform(p, step)
			if err != nil {
				return fmt.Errorf("%s: %w", scene.Name, err)
			}
			one.Scene = scene.Name
			all = append(all, one)
			if one.Code == 201 && step.Verb == "create" {
				made = append(made, step.named(one.Answer))
			}
		}
		for _, step := range made {
			clean(p, step)
		}
		for _, step := range scene.Steps {
			if step.Name != "" {
				clean(p, step)
			}
		}
	}
	return write(path, all)
}

// The step with the name that the answer has.
func (s step) named(answer json.RawMessage) step {
	var object struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(answer, &object)
	s.Name = object.Metadata.Name
	return s
}

func (s step) collection() string {
	parts := strings.Split(s.Resource, "/")
	base := "/apis/" + parts[0] + "/" + parts[1]
	if len(parts) == 2 {
		base = "/api/" + parts[0]
	} else {
		parts = parts[1:]
	}
	if s.Namespace != "" {
		base += "/namespaces/" + s.Namespace
	}
	return base + "/" + parts[1]
}

func clean(p *plane, s step) {
	path := s.collection() + "/" + s.Name
	_, _, _, _ = p.ask("PATCH", path, map[string]string{"Content-Type": "application/merge-patch+json"}, []byte(`{"metadata":{"finalizers":null}}`))
	_, _, _, _ = p.ask("DELETE", path, jsonBody, []byte(`{"gracePeriodSeconds":0,"propagationPolicy":"Background"}`))
}

func perform(p *plane, s step) (said, error) {
	one := said{Step: s}
	if strings.Contains(s.Resource, "customresourcedefinitions") || strings.Contains(s.Resource, "apiservices") {
		// The server itself looks after these.
		time.Sleep(time.Second)
	}
	object := s.collection() + "/" + s.Name
	if s.Name != "" {
		status, _, text, err := p.ask("GET", object, nil, nil)
		if err != nil {
			return one, err
		}
		if status == 200 {
			one.Before = text
		}
	}
	method, kind, path := "PATCH", "", object
	switch s.Verb {
	case "create":
		method, kind, path = "POST", "application/json", s.collection()
	case "update":
		method, kind = "PUT", "application/json"
	case "json":
		kind = "application/json-patch+json"
	case "merge":
		kind = "application/merge-patch+json"
	case "strategic":
		kind = "application/strategic-merge-patch+json"
	case "apply":
		kind = "application/apply-patch+yaml"
	default:
		return one, fmt.Errorf("no such verb: %s", s.Verb)
	}
	if s.Sub != "" {
		path += "/" + s.Sub
	}
	query := []string{}
	if s.Manager != "" {
		query = append(query, "fieldManager="+s.Manager)
	}
	if s.Validation != "" {
		query = append(query, "fieldValidation="+s.Validation)
	}
	if s.Force {
		query = append(query, "force=true")
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	body := []byte(s.Body)
	if s.Text != "" {
		body = []byte(s.Text)
	}
	status, headers, text, err := p.ask(method, path, map[string]string{"Content-Type": kind, "User-Agent": "cases/1"}, body)
	if err != nil {
		return one, err
	}
	one.Code, one.Answer, one.Warnings = status, text, headers.Values("Warning")
	if !json.Valid(text) {
		one.Answer, _ = json.Marshal(string(text))
	}
	return one, nil
}
