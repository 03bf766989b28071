package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import opencode.nexus.api.NexusException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestEdgeTest {

    @TempDir
    Path directory;

    @Test
    void nothingIsAddedWhereNobodyTests() {
        assertThat(TestEdge.arguments(null)).isEmpty();
        assertThat(TestEdge.arguments(" ")).isEmpty();
    }

    @Test
    void theThreeArgumentsArePassedOn() throws IOException {
        String cacert = "--cacert=" + Files.createFile(directory.resolve("a ca.pem"));
        assertThat(TestEdge.arguments(
                        "--edge=127.0.0.1:7844,--edge=[::1]:7845,--quick-service=http://localhost:9," + cacert))
                .containsExactly(
                        "--edge=127.0.0.1:7844", "--edge=[::1]:7845", "--quick-service=http://localhost:9", cacert);
        assertThat(TestEdge.arguments("--quick-service=https://api.test.example"))
                .isEqualTo(List.of("--quick-service=https://api.test.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "edge=127.0.0.1:1",
                "-edge=127.0.0.1:1",
                "--edge",
                "--edge=",
                "--edge 127.0.0.1:1",
                "--edge=127.0.0.1",
                "--edge=127.0.0.1:0",
                "--edge=127.0.0.1:65536",
                "--edge=127.0.0.1:1 --loglevel=debug",
                "--edge=127.0.0.1:1,",
                "--edge=user@127.0.0.1:1",
                "--quick-service=localhost:9",
                "--quick-service=ftp://localhost:9",
                "--quick-service=http://user:word@localhost",
                "--quick-service=http://localhost/path",
                "--quick-service=http://localhost:9,--quick-service=http://localhost:8",
                "--cacert=ca.pem",
                "--cacert=/nowhere/ca.pem",
                "--cacert=/",
                "--loglevel=debug",
                "--token=x",
                "--config=/etc/passwd",
                "--metrics=0.0.0.0:1",
                "run"
            })
    void anythingElseIsRefused(String property) {
        assertThatThrownBy(() -> TestEdge.arguments(property))
                .isInstanceOf(NexusException.class)
                .hasMessageContaining(TestEdge.PROPERTY);
    }
}
