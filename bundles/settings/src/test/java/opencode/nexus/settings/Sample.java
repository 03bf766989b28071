package opencode.nexus.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.xml.sax.SAXException;

/** A group with a field of each sort, as bnd describes it. */
final class Sample {
    static final String PID = "opencode.nexus.opencode";

    private Sample() {}

    static Description description() {
        return description("opencode", 65_535);
    }

    /** As another version of the bundle may have it. */
    static Description description(String group, int highestPort) {
        return read(xml(
                        group,
                        """
                        <AD id="command" type="String" name="Command" description="Program to run" min="1" max="100" default="opencode"/>
                        <AD id="workspaces" type="String" cardinality="2147483647" description="Directories" default=""/>
                        <AD id="autoStart" type="Boolean" description="Start" default="true"/>
                        <AD id="port" type="Integer" description="Port" min="0" max="%d" default="0"/>
                        <AD id="ceiling" type="Long" description="Bytes" min="1" default="16777216"/>
                        <AD id="multiplier" type="Double" description="Factor" min="1" max="10" default="2"/>
                        <AD id="protocol" type="String" description="How" default="auto">
                          <Option label="auto" value="auto"/><Option label="http2" value="http2"/>
                        </AD>
                        <AD id="numbers" type="Integer" cardinality="3" description="A few" min="0" default="1,2"/>
                        <AD id="apiToken" type="String" description="Secret" default=""/>
                        <AD id="key" type="Password" description="Secret too" default=""/>
                        <AD id="variables" type="Password" cardinality="5" description="NAME=value" default=""/>
                        """
                                .formatted(highestPort)))
                .get(0);
    }

    static String xml(String group, String attributes) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.2.0" localization="OSGI-INF/l10n/c">
                  <OCD id="c" name="Nexus: sample" description="">
                %s
                  </OCD>
                  <Designate pid="opencode.nexus.%s">
                    <Object ocdref="c"/>
                  </Designate>
                </metatype:MetaData>
                """
                .formatted(attributes, group);
    }

    static List<Description> read(String xml) {
        try {
            return Metatype.read(new ByteArrayInputStream(xml.getBytes(UTF_8)));
        } catch (IOException | SAXException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
