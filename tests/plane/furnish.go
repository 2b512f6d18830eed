package main

import (
	"context"
	"fmt"

	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// What a cluster has before anyone uses it: nodes that are ready, rights, the default account.
func (p *plane) furnish(ctx context.Context) error {
	for _, name := range p.nodeNames() {
		if _, err := p.client.CoreV1().Nodes().Create(ctx, newNode(name), meta.CreateOptions{}); err != nil {
			return err
		}
	}
	if err := p.allowLimited(ctx); err != nil {
		return err
	}
	if err := p.until(ctx, "nodes are ready", p.playedReady); err != nil {
		return err
	}
	return p.until(ctx, "the default service account is there", func(ctx context.Context) (bool, error) {
		_, err := p.client.CoreV1().ServiceAccounts("default").Get(ctx, "default", meta.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

func (p *plane) nodeNames() []string {
	names := make([]string, p.nodes)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i+1)
	}
	return names
}

func newNode(name string) *core.Node {
	size := core.ResourceList{
		core.ResourceCPU:    resource.MustParse("64"),
		core.ResourceMemory: resource.MustParse("256Gi"),
		core.ResourcePods:   resource.MustParse("100000"),
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{
			core.LabelHostname:   name,
			core.LabelOSStable:   "linux",
			core.LabelArchStable: "amd64",
		}},
		Status: core.NodeStatus{
			Capacity:    size,
			Allocatable: size,
			NodeInfo: core.NodeSystemInfo{
				BootID:                  string(uuid.NewUUID()),
				MachineID:               string(uuid.NewUUID()),
				Architecture:            "amd64",
				OperatingSystem:         "linux",
				OSImage:                 "played by kwok",
				KernelVersion:           "6.12.0",
				KubeletVersion:          "v1.34.4",
				ContainerRuntimeVersion: "containerd://2.1.4",
			},
		},
	}
}

func (p *plane) playedReady(ctx context.Context) (bool, error) {
	list, err := p.client.CoreV1().Nodes().List(ctx, meta.ListOptions{})
	if err != nil {
		return false, err
	}
	ready := 0
	for _, node := range list.Items {
		// the controllers' taint of a new node must be off too, else nothing is scheduled yet
		if len(node.Spec.Taints) > 0 {
			continue
		}
		for _, condition := range node.Status.Conditions {
			if condition.Type == core.NodeReady && condition.Status == core.ConditionTrue {
				ready++
			}
		}
	}
	return ready >= p.nodes, nil
}

// The user `limited` may look at pods and nodes, and nothing else.
func (p *plane) allowLimited(ctx context.Context) error {
	role := &rbac.ClusterRole{
		ObjectMeta: meta.ObjectMeta{Name: "limited"},
		Rules: []rbac.PolicyRule{{
			APIGroups: []string{""}, Resources: []string{"nodes", "pods"}, Verbs: []string{"get", "list", "watch"},
		}},
	}
	if _, err := p.client.RbacV1().ClusterRoles().Create(ctx, role, meta.CreateOptions{}); err != nil {
		return err
	}
	binding := &rbac.ClusterRoleBinding{
		ObjectMeta: meta.ObjectMeta{Name: "limited"},
		RoleRef:    rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "ClusterRole", Name: "limited"},
		Subjects:   []rbac.Subject{{APIGroup: rbac.GroupName, Kind: rbac.UserKind, Name: "limited"}},
	}
	_, err := p.client.RbacV1().ClusterRoleBindings().Create(ctx, binding, meta.CreateOptions{})
	return err
}
