package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"
)

// How many objects are made of each that is known to be good.
const litter = 6

// Scenes that create objects which were good until something in them was changed at random.
func mutate(seed int64, path string) ([]scene, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var good []scene
	if err := json.Unmarshal(text, &good); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewSource(seed))
	mutants := []scene{}
	for _, one := range good {
		first := one.Steps[0]
		if first.Verb != "create" || first.Body == nil || strings.Contains(first.Resource, "customresourcedefinitions") || first.Resource == "v1/namespaces" {
			continue
		}
		for range litter {
			var body object
			if err := json.Unmarshal(first.Body, &body); err != nil {
				return nil, err
			}
			for range 1 + random.Intn(3) {
				twist(random, body, true)
			}
			body["apiVersion"], body["kind"] = original(first.Body, "apiVersion"), original(first.Body, "kind")
			step := first
			step.Body, _ = json.Marshal(body)
			name := fmt.Sprintf("mutant %d of %s", len(mutants), first.Resource)
			mutants = append(mutants, scene{Name: name, Steps: []scenePart{step}})
		}
	}
	for _, one := range good {
		if changed, fits := changes(random, one.Steps[0], len(mutants)); fits {
			mutants = append(mutants, changed)
		}
	}
	return mutants, nil
}

// A good object that is then patched with what is left of it after a change at random, several times.
func changes(random *rand.Rand, first step, number int) (scene, bool) {
	if first.Verb != "create" || first.Body == nil || first.Name == "" || first.Resource == "v1/namespaces" {
		return scene{}, false
	}
	s := scene{Name: fmt.Sprintf("mutant %d of %s, changed", number, first.Resource), Steps: []scenePart{first}}
	for range litter {
		var body object
		if err := json.Unmarshal(first.Body, &body); err != nil {
			return scene{}, false
		}
		delete(body, "apiVersion")
		delete(body, "kind")
		for range 1 + random.Intn(2) {
			twist(random, body, true)
		}
		if metadata, is := body["metadata"].(object); is {
			metadata["name"] = first.Name
		}
		step := first
		step.Verb, step.Manager = "merge", "cat"
		step.Body, _ = json.Marshal(body)
		s.Steps = append(s.Steps, step)
	}
	return s, true
}

type scenePart = step

func original(text json.RawMessage, key string) any {
	var body object
	_ = json.Unmarshal(text, &body)
	return body[key]
}

// Changes one thing somewhere below.
func twist(random *rand.Rand, value any, root bool) {
	switch value := value.(type) {
	case object:
		all := keys(value)
		if len(all) == 0 {
			value["extra"] = 1
			return
		}
		key := all[random.Intn(len(all))]
		if root && (key == "apiVersion" || key == "kind") || key == "metadata" && random.Intn(4) > 0 {
			return
		}
		if deep(value[key]) && random.Intn(6) > 0 {
			twist(random, value[key], false)
			return
		}
		switch random.Intn(8) {
		case 0:
			delete(value, key)
		case 1:
			value["extra"] = "x"
		default:
			value[key] = other(random, value[key])
		}
	case []any:
		if len(value) == 0 {
			return
		}
		at := random.Intn(len(value))
		if deep(value[at]) {
			twist(random, value[at], false)
			return
		}
		value[at] = other(random, value[at])
	}
}

func deep(value any) bool {
	switch value := value.(type) {
	case object:
		return len(value) > 0
	case []any:
		return len(value) > 0
	}
	return false
}

func other(random *rand.Rand, value any) any {
	switch value.(type) {
	case float64:
		return []any{-1, 0, 7, 70000}[random.Intn(4)]
	case string:
		return []any{"", "Bad_Name", "ok", "a.b/c", "-x", "10.0.0.7", "200m"}[random.Intn(7)]
	case bool:
		return !value.(bool)
	}
	return []any{nil, object{}, []any{}, "x", 1}[random.Intn(5)]
}
