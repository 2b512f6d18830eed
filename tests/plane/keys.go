package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const masters = "system:masters"

// One who comes with a token: the user's name and group, and whose kubeconfig it is.
type user struct{ name, group, file string }

func usersOf(w wanted) []user {
	users := []user{
		{"admin", masters, "kubeconfig"},
		{"kwok", masters, "kwok.kubeconfig"},
		{"limited", "", "limited.kubeconfig"},
		{"system:kube-controller-manager", "", "kube-controller-manager.kubeconfig"},
		{"system:kube-scheduler", "", "kube-scheduler.kubeconfig"},
	}
	if len(w.machines) > 0 {
		users = append(users, user{"system:kube-proxy", "", "kube-proxy.kubeconfig"})
	}
	for _, machine := range w.machines {
		users = append(users, user{"system:node:" + machine, "system:nodes", "kubelet-" + machine + ".kubeconfig"})
	}
	return users
}

// The authority of one plane, and all that it has signed.
type keys struct {
	dir    string
	users  []user
	key    *ecdsa.PrivateKey
	cert   *x509.Certificate
	tokens map[string]string
}

func makeKeys(w wanted) (*keys, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &keys{dir: w.dir, users: usersOf(w), key: key, tokens: map[string]string{}}
	root := template(pkix.Name{CommonName: "plane-ca"}, time.Now().Add(24*time.Hour))
	root.IsCA, root.BasicConstraintsValid = true, true
	root.KeyUsage = x509.KeyUsageCertSign
	k.cert = root
	if err := k.sign("ca", root, key); err != nil {
		return nil, err
	}
	day := time.Now().Add(24 * time.Hour)
	serving := template(pkix.Name{CommonName: "plane"}, day)
	serving.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 43, 0, 1), net.ParseIP(w.address)}
	serving.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	member := pkix.Name{CommonName: "certified", Organization: []string{masters}}
	for name, cert := range map[string]*x509.Certificate{
		"serving":     serving,
		"account":     template(pkix.Name{CommonName: "account"}, day),
		"kubelet":     template(pkix.Name{CommonName: "kube-apiserver-kubelet-client", Organization: []string{masters}}, day),
		"certificate": template(member, day),
		"expired":     template(member, time.Now().Add(-time.Hour)),
	} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err == nil {
			err = k.sign(name, cert, key)
		}
		if err != nil {
			return nil, err
		}
	}
	return k, k.writeTokens()
}

func template(name pkix.Name, until time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      name,
		NotBefore:    time.Now().Add(-48 * time.Hour),
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// Signs, and writes NAME.crt and NAME.key.
func (k *keys) sign(name string, cert *x509.Certificate, key *ecdsa.PrivateKey) error {
	signed, err := x509.CreateCertificate(rand.Reader, cert, k.cert, &key.PublicKey, k.key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	for end, block := range map[string]*pem.Block{
		".crt": {Type: "CERTIFICATE", Bytes: signed},
		".key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(k.path(name+end), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (k *keys) path(name string) string { return filepath.Join(k.dir, name) }

func (k *keys) writeTokens() error {
	var lines strings.Builder
	for _, user := range k.users {
		token := make([]byte, 16)
		if _, err := rand.Read(token); err != nil {
			return err
		}
		k.tokens[user.name] = hex.EncodeToString(token)
		fmt.Fprintf(&lines, "%s,%s,%s,%s\n", k.tokens[user.name], user.name, user.name, user.group)
	}
	return os.WriteFile(k.path("tokens.csv"), []byte(lines.String()), 0o600)
}

// One kubeconfig for each way to come in; `stranger` has a token that nobody gave.
func (k *keys) writeKubeconfigs(server string) error {
	logins := map[string]*api.AuthInfo{
		"stranger.kubeconfig":    {Token: "nobody-gave-this"},
		"certificate.kubeconfig": {ClientCertificate: k.path("certificate.crt"), ClientKey: k.path("certificate.key")},
		"expired.kubeconfig":     {ClientCertificate: k.path("expired.crt"), ClientKey: k.path("expired.key")},
	}
	for _, user := range k.users {
		logins[user.file] = &api.AuthInfo{Token: k.tokens[user.name]}
	}
	authority, err := os.ReadFile(k.path("ca.crt"))
	if err != nil {
		return err
	}
	for file, login := range logins {
		config := api.NewConfig()
		config.Clusters["plane"] = &api.Cluster{Server: server, CertificateAuthorityData: authority}
		config.AuthInfos["plane"] = login
		config.Contexts["plane"] = &api.Context{Cluster: "plane", AuthInfo: "plane"}
		config.CurrentContext = "plane"
		if err := clientcmd.WriteToFile(*config, k.path(file)); err != nil {
			return err
		}
	}
	return nil
}
