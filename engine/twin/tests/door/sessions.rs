//! Sessions of the real clients, where their programs are there: kubectl, helm 3 and helm 4.

use std::path::PathBuf;
use std::process::Command;

/// The folder of the real programs; none where they were not built.
pub(crate) fn programs() -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let found = std::env::var_os("PLANE_BIN").map(PathBuf::from).unwrap_or_else(|| here.join("target/plane/bin"));
    found.join("kubectl").exists().then_some(found)
}

struct Session {
    programs: PathBuf,
    kubeconfig: PathBuf,
    home: tempfile::TempDir,
}

impl Session {
    fn run(&self, line: &str) -> (bool, String) {
        let mut words = line.split_whitespace();
        let output = Command::new(self.programs.join(words.next().unwrap()))
            .args(words)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", self.home.path())
            .output()
            .unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), said)
    }

    fn works(&self, line: &str) -> String {
        let (fine, said) = self.run(line);
        assert!(fine, "`{line}`: {said}");
        said
    }
}

#[test]
fn kubectl_and_helm_take_it_for_a_cluster() {
    let Some(programs) = programs() else {
        // Not run: kubectl and helm are not built here (tests/plane builds them; PLANE_BIN names another folder).
        return;
    };
    let (twin, _folder) = super::twin();
    let session = Session { programs, kubeconfig: twin.kubeconfig.clone(), home: tempfile::tempdir().unwrap() };
    assert!(session.works("kubectl version").contains("Server Version: v1.34"));
    session.works("kubectl create namespace shop");
    session.works("kubectl create configmap -n shop settings --from-literal=colour=blue");
    session.works("kubectl create secret generic -n shop key --from-literal=a=b");
    session.works("kubectl create deployment -n shop web --image=nginx --replicas=2");
    session.works("kubectl scale -n shop deployment/web --replicas=3");
    session.works("kubectl label -n shop configmap/settings kind=plain");
    session.works("kubectl annotate -n shop configmap/settings note=x");
    session.works("kubectl set image -n shop deployment/web nginx=nginx:1.28");
    session.works("kubectl rollout restart -n shop deployment/web");
    assert!(session.works("kubectl get -n shop deployments").contains("0/3"));
    assert!(session.works("kubectl get -n shop configmap/settings -o jsonpath={.data.colour}").contains("blue"));
    assert!(session.works("kubectl auth can-i delete nodes").contains("yes"));
    assert!(session.works("kubectl explain deployment.spec.replicas").contains("integer"));
    assert!(session.works("kubectl api-resources").contains("poddisruptionbudgets"));
    let (fine, said) = session.run("kubectl get -n shop pod absent");
    assert!(!fine && said.contains("pods \"absent\" not found"), "{said}");
    session.works("kubectl delete -n shop deployment web");
    for helm in ["helm3", "helm4"] {
        if !session.programs.join(helm).exists() {
            continue;
        }
        let chart = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/charts/plain");
        let chart = chart.display();
        session.works(&format!("{helm} install one {chart} -n shop"));
        session.works(&format!("{helm} upgrade one {chart} -n shop --set a=b"));
        assert!(session.works(&format!("{helm} history one -n shop")).contains("superseded"));
        session.works(&format!("{helm} rollback one 1 -n shop"));
        session.works(&format!("{helm} uninstall one -n shop"));
    }
}
