package opencode.nexus.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoModelTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<DemoModel> models = new ArrayList<>();

    @TempDir
    Path home;

    @AfterEach
    void close() {
        models.forEach(DemoModel::close);
    }

    @Test
    void answersWhoHoldsItsKey() throws Exception {
        DemoModel model = start();

        HttpResponse<String> answer = ask(model, model.apiKey());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("demo model");
        assertThat(ask(model, "0".repeat(64)).statusCode()).isEqualTo(401);
    }

    @Test
    void keepsItsPortAndItsKeyAcrossRestarts() {
        DemoModel first = start();
        URI url = first.baseUrl();
        first.close();

        DemoModel second = start();

        assertThat(second.baseUrl()).isEqualTo(url);
        assertThat(second.apiKey()).isEqualTo(first.apiKey()).hasSize(64);
    }

    @Test
    void movesWhenItsPortIsTakenAndStaysThere() throws IOException {
        // Another program may take the new port between the two starts.
        for (int tries = 0; tries < 5; tries++) {
            URI moved;
            try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Files.createDirectories(home.resolve("demo"));
                Files.writeString(home.resolve("demo/port"), String.valueOf(other.getLocalPort()));
                DemoModel model = start();
                moved = model.baseUrl();
                assertThat(moved.getPort()).isNotEqualTo(other.getLocalPort());
                model.close();
            }
            if (start().baseUrl().equals(moved)) {
                return;
            }
        }
        throw new AssertionError("it moved at every start");
    }

    @Test
    void damagedFilesAreReplaced() throws Exception {
        Files.createDirectories(home.resolve("demo"));
        Files.writeString(home.resolve("demo/key"), "abc");
        Files.writeString(home.resolve("demo/port"), "99999");

        DemoModel model = start();

        assertThat(model.apiKey()).hasSize(64);
        assertThat(ask(model, model.apiKey()).statusCode()).isEqualTo(200);
        assertThat(home.resolve("demo/key")).hasContent(model.apiKey());
        assertThat(home.resolve("demo/port"))
                .hasContent(String.valueOf(model.baseUrl().getPort()));
    }

    @Test
    void twoHomesHaveDifferentKeys() {
        DemoModel other = new DemoModel(new DirectoryHome(home.resolve("other")), Duration.ZERO);
        models.add(other);

        assertThat(start().apiKey()).isNotEqualTo(other.apiKey());
    }

    private DemoModel start() {
        DemoModel model = new DemoModel(new DirectoryHome(home), Duration.ZERO);
        models.add(model);
        return model;
    }

    private HttpResponse<String> ask(DemoModel model, String key) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(model.baseUrl() + "/chat/completions"))
                        .header("Authorization", "Bearer " + key)
                        .timeout(Duration.ofSeconds(30))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + model.modelId()
                                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                        .build(),
                BodyHandlers.ofString());
    }
}
