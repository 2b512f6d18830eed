package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"sort"
)

type object = map[string]any

// Scenes in which two appliers and two updaters change one object at random.
func generate(seed int64) []scene {
	random := rand.New(rand.NewSource(seed))
	scenes := []scene{}
	makers := []func(*rand.Rand) object{deployment, configMap, service, widget}
	resources := []string{"apps/v1/deployments", "v1/configmaps", "v1/services", "cases.example/v1/widgets"}
	for number := range 60 {
		kind := number % len(makers)
		name := fmt.Sprintf("g-%d", number)
		s := scene{Name: fmt.Sprintf("generated %d of %s", number, resources[kind])}
		for range 7 + random.Intn(5) {
			s.Steps = append(s.Steps, change(random, resources[kind], name, makers[kind], len(s.Steps) == 0))
		}
		scenes = append(scenes, s)
	}
	return scenes
}

func change(random *rand.Rand, resource, name string, maker func(*rand.Rand) object, first bool) step {
	s := step{Resource: resource, Namespace: namespace, Name: name}
	custom := resource == "cases.example/v1/widgets"
	verbs := []string{"apply", "apply", "apply", "apply", "merge", "merge", "strategic", "update"}
	s.Verb = verbs[random.Intn(len(verbs))]
	if custom && (s.Verb == "strategic" || s.Verb == "update") {
		s.Verb = "merge"
	}
	body := maker(random)
	if first {
		s.Verb = []string{"apply", "create"}[random.Intn(2)]
		for attempt := 0; attempt < 20 && !whole(body); attempt++ {
			body = maker(random)
		}
	}
	metadata := object{}
	if given, has := body["metadata"].(object); has {
		metadata = given
	}
	metadata["name"] = name
	body["metadata"] = metadata
	switch s.Verb {
	case "apply":
		s.Manager = []string{"ann", "bob"}[random.Intn(2)]
		s.Force = random.Intn(3) == 0
	case "merge", "strategic":
		s.Manager = []string{"cat", "dan"}[random.Intn(2)]
		delete(body, "apiVersion")
		delete(body, "kind")
		nulls(random, body)
	default:
		s.Manager = []string{"cat", "ann"}[random.Intn(2)]
	}
	s.Body, _ = json.Marshal(body)
	return s
}

// Whether an object can be created as it is.
func whole(body object) bool {
	spec, has := body["spec"].(object)
	if !has {
		return true
	}
	if template, has := spec["template"].(object); has {
		containers, _ := template["spec"].(object)["containers"].([]any)
		for _, container := range containers {
			if _, has := container.(object)["image"]; !has {
				return false
			}
		}
		return len(containers) > 0
	}
	if body["kind"] == "Service" {
		ports, _ := spec["ports"].([]any)
		return len(ports) > 0
	}
	return true
}

// Removes something now and then.
func nulls(random *rand.Rand, value object) {
	for _, key := range keys(value) {
		inner, deeper := value[key].(object)
		switch {
		case deeper:
			nulls(random, inner)
		case key != "name" && random.Intn(6) == 0:
			value[key] = nil
		}
	}
}

func maybe(random *rand.Rand, into object, key string, values ...any) {
	if random.Intn(2) == 0 {
		into[key] = values[random.Intn(len(values))]
	}
}

func labels(random *rand.Rand) object {
	all := object{}
	maybe(random, all, "a", "1", "2")
	maybe(random, all, "b", "1", "2")
	maybe(random, all, "c.d/e", "x", "y")
	return all
}

func deployment(random *rand.Rand) object {
	spec := object{"selector": object{"matchLabels": object{"app": "g"}}}
	maybe(random, spec, "replicas", 1, 2, 3)
	maybe(random, spec, "paused", true, false)
	maybe(random, spec, "minReadySeconds", 5, 10)
	maybe(random, spec, "strategy", object{"type": "Recreate"}, object{"rollingUpdate": object{"maxSurge": 1}})
	pod := object{"containers": containers(random)}
	maybe(random, pod, "nodeSelector", object{"a": "b"}, object{"a": "c", "d": "e"})
	maybe(random, pod, "tolerations", []any{object{"key": "a", "operator": "Exists"}})
	maybe(random, pod, "terminationGracePeriodSeconds", 1, 30)
	maybe(random, pod, "volumes", []any{object{"name": "v"}}, []any{object{"name": "w", "emptyDir": object{"medium": "Memory"}}, object{"name": "v", "emptyDir": object{}}})
	maybe(random, pod, "securityContext", object{}, object{"runAsUser": 1})
	own := labels(random)
	own["app"] = "g"
	spec["template"] = object{"metadata": object{"labels": own}, "spec": pod}
	return object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(random), "spec": spec}
}

func metadata(random *rand.Rand) object {
	own := object{}
	maybe(random, own, "labels", labels(random))
	maybe(random, own, "annotations", labels(random))
	maybe(random, own, "finalizers", []any{"a.b/c"}, []any{"a.b/d", "a.b/c"})
	return own
}

func containers(random *rand.Rand) []any {
	all := []any{}
	for _, name := range []string{"x", "y", "z"} {
		if random.Intn(3) == 0 {
			continue
		}
		one := object{"name": name}
		if random.Intn(5) > 0 {
			one["image"] = []string{"i:1", "i:2", "i"}[random.Intn(3)]
		}
		maybe(random, one, "command", []any{"a"}, []any{"a", "b"})
		maybe(random, one, "env", []any{object{"name": "E", "value": "1"}}, []any{object{"name": "F", "value": "1"}, object{"name": "E", "value": "2"}})
		maybe(random, one, "ports", []any{object{"containerPort": 80}}, []any{object{"containerPort": 80, "protocol": "UDP"}, object{"containerPort": 81, "name": "q"}})
		maybe(random, one, "resources", object{"limits": object{"cpu": "1", "memory": "64Mi"}}, object{"requests": object{"cpu": "100m"}}, object{})
		all = append(all, one)
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func configMap(random *rand.Rand) object {
	body := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(random)}
	maybe(random, body, "data", data(random), object{})
	maybe(random, body, "binaryData", object{"k": "aGk="})
	return body
}

func service(random *rand.Rand) object {
	spec := object{}
	maybe(random, spec, "ports", []any{object{"port": 80}}, []any{object{"name": "p", "port": 80, "protocol": "UDP"}, object{"name": "q", "port": 80}}, []any{object{"name": "q", "port": 80, "targetPort": "web"}})
	maybe(random, spec, "selector", labels(random))
	maybe(random, spec, "sessionAffinity", "ClientIP", "None")
	maybe(random, spec, "publishNotReadyAddresses", true, false)
	maybe(random, spec, "externalIPs", []any{"10.9.9.9"}, []any{"10.9.9.8", "10.9.9.9"})
	return object{"apiVersion": "v1", "kind": "Service", "metadata": metadata(random), "spec": spec}
}

func widget(random *rand.Rand) object {
	spec := object{}
	maybe(random, spec, "size", 1, 2, 3)
	maybe(random, spec, "free", object{"a": 1}, object{"b": object{"c": []any{1, 2}}})
	maybe(random, spec, "set", []any{"a", "b"}, []any{"b", "c"})
	maybe(random, spec, "list", []any{1, 2}, []any{2})
	maybe(random, spec, "keyed", []any{object{"id": "a", "v": 1}}, []any{object{"id": "b", "v": 2}, object{"id": "a", "w": "x"}})
	maybe(random, spec, "piece", object{"a": "b"}, object{"c": "d"})
	maybe(random, spec, "port", 80, "web")
	return object{"apiVersion": "cases.example/v1", "kind": "Widget", "metadata": metadata(random), "spec": spec}
}

func keys(value object) []string {
	all := []string{}
	for key := range value {
		all = append(all, key)
	}
	sort.Strings(all)
	return all
}

func data(random *rand.Rand) object {
	all := object{}
	maybe(random, all, "a", "1", "2")
	maybe(random, all, "b", "1", "")
	return all
}
