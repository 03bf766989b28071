package opencode.nexus.home;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import opencode.nexus.api.NexusException;

/** A gateway in a process of its own: takes the home, writes one file, and stays until its input ends. */
final class OtherGateway {

    private OtherGateway() {}

    public static void main(String[] arguments) throws IOException {
        try {
            PrivateHome home = new PrivateHome(Path.of(arguments[0]));
            home.write(home.directory("other").resolve("file"), "written".getBytes(StandardCharsets.UTF_8));
            System.out.println("> active");
        } catch (NexusException e) {
            System.out.println("> " + e.code());
        }
        System.in.read();
    }
}
