package main

import "fmt"

const (
	services = "10.43.0.0/16"
	// played nodes may be many, each with 254 pods; with machines there is a real network, and it is told this one
	playedPods = "10.128.0.0/9"
	realPods   = "10.244.0.0/16"
)

func (p *plane) apiserver(etcd string) []string {
	k := p.keys
	args := []string{"kube-apiserver",
		"--etcd-servers=" + etcd,
		"--bind-address=" + p.address,
		"--advertise-address=" + p.address,
		fmt.Sprintf("--secure-port=%d", p.port),
		"--tls-cert-file=" + k.path("serving.crt"),
		"--tls-private-key-file=" + k.path("serving.key"),
		"--client-ca-file=" + k.path("ca.crt"),
		"--token-auth-file=" + k.path("tokens.csv"),
		"--kubelet-client-certificate=" + k.path("kubelet.crt"),
		"--kubelet-client-key=" + k.path("kubelet.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-key-file=" + k.path("account.key"),
		"--service-account-signing-key-file=" + k.path("account.key"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--service-cluster-ip-range=" + services,
		"--allow-privileged=true",
		"--audit-policy-file=" + p.path("audit.yaml"),
		"--audit-log-path=" + p.path("audit.log"),
		"--audit-log-mode=blocking",
	}
	if len(p.machines) == 0 {
		// a kubelet's certificate is its own work: only ours can be checked
		args = append(args, "--kubelet-certificate-authority="+k.path("ca.crt"),
			// the address of the API as a service must not be a loopback one, and nobody asks for it here
			"--endpoint-reconciler-type=none")
	}
	return args
}

func (p *plane) controllers() []string {
	pods := playedPods
	if len(p.machines) > 0 {
		pods = realPods
	}
	return []string{"kube-controller-manager",
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=1000", "--kube-api-burst=1000",
		"--kubeconfig=" + p.keys.path("kube-controller-manager.kubeconfig"),
		"--service-account-private-key-file=" + p.keys.path("account.key"),
		"--use-service-account-credentials=true",
		"--root-ca-file=" + p.keys.path("ca.crt"),
		"--allocate-node-cidrs=true",
		"--cluster-cidr=" + pods,
		"--service-cluster-ip-range=" + services,
	}
}

// What nodes and pods do by themselves. The port is where the API server finds all nodes; kwok's own server, which
// would take it, goes to one that nobody asks.
func (p *plane) players(port, own int) []string {
	return []string{
		"--kubeconfig=" + p.keys.path("kwok.kubeconfig"),
		"--config=" + p.path("kwok.yaml"),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
		"--node-ip=127.0.0.1",
		fmt.Sprintf("--node-port=%d", port),
		fmt.Sprintf("--server-address=127.0.0.1:%d", own),
	}
}

func (p *plane) podFolders(port int) []string {
	return []string{"nodes",
		"--dir=" + p.path("pods"),
		fmt.Sprintf("--port=%d", port),
		"--cert=" + p.keys.path("serving.crt"),
		"--key=" + p.keys.path("serving.key"),
		"--ca=" + p.keys.path("ca.crt"),
	}
}
