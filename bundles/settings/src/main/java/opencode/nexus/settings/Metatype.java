package opencode.nexus.settings;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.settings.Field.Kind;
import opencode.nexus.settings.Field.WrongException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Reads the Metatype descriptions in a bundle. It is not left to the Metatype service, since that keeps the bounds of a
 * field to itself. A description that makes no sense is passed over with a warning; one for other PIDs than Nexus' own
 * without.
 */
final class Metatype {
    private static final Logger LOG = LoggerFactory.getLogger(Metatype.class);
    private static final String DIRECTORY = "OSGI-INF/metatype";
    private static final Pattern GROUP = Pattern.compile("[a-z][a-z0-9.-]{0,63}");
    private static final Pattern SECRET = Pattern.compile("(?i).*(password|token|secret)");
    private static final Pattern LINES = Pattern.compile("(?i).*prompt");

    private Metatype() {}

    /** Does not resolve the bundle. */
    static List<Description> in(Bundle bundle) {
        var paths = bundle.getEntryPaths(DIRECTORY);
        if (paths == null) {
            return List.of();
        }
        List<Description> found = new ArrayList<>();
        for (String path : Collections.list(paths)) {
            URL url = path.endsWith(".xml") ? bundle.getEntry(path) : null;
            if (url == null) {
                continue;
            }
            try (InputStream in = url.openStream()) {
                found.addAll(read(in));
            } catch (IOException | SAXException | IllegalArgumentException e) {
                LOG.warn("{} of {} is no description of settings: {}", path, bundle, e.getMessage());
            }
        }
        return found;
    }

    /** @throws IllegalArgumentException for a description that contradicts itself */
    static List<Description> read(InputStream in) throws IOException, SAXException {
        Document document = parser().parse(in);
        Map<String, Element> classes = new HashMap<>();
        for (Element element : children(document.getDocumentElement(), "OCD")) {
            classes.put(element.getAttribute("id"), element);
        }
        List<Description> found = new ArrayList<>();
        for (Element designate : children(document.getDocumentElement(), "Designate")) {
            String pid = designate.getAttribute("pid");
            if (!pid.startsWith(Description.PREFIX) || designate.hasAttribute("factoryPid")) {
                continue;
            }
            String group = pid.substring(Description.PREFIX.length());
            for (Element object : children(designate, "Object")) {
                Element described = classes.get(object.getAttribute("ocdref"));
                if (described == null || !GROUP.matcher(group).matches()) {
                    throw new IllegalArgumentException("nothing describes " + pid);
                }
                found.add(description(group, described));
            }
        }
        return found;
    }

    private static Description description(String group, Element described) {
        Map<String, Field> fields = new LinkedHashMap<>();
        for (Element attribute : children(described, "AD")) {
            Field field = field(attribute);
            fields.put(field.name(), field);
        }
        String title = described.getAttribute("name");
        return new Description(group, title.isEmpty() ? group : title, fields);
    }

    private static Field field(Element attribute) {
        String name = attribute.getAttribute("id");
        String type = attribute.getAttribute("type");
        int cardinality = attribute.hasAttribute("cardinality")
                ? Math.abs(Integer.parseInt(attribute.getAttribute("cardinality")))
                : 0;
        boolean secret =
                type.equalsIgnoreCase("Password") || SECRET.matcher(name).matches();
        List<String> choices = children(attribute, "Option").stream()
                .map(option -> option.getAttribute("value"))
                .toList();
        Kind kind = kind(name, type);
        Setting setting = new Setting(
                name,
                attribute.getAttribute("description"),
                kind.type,
                cardinality > 0,
                nothing(kind, cardinality > 0),
                number(attribute, "min"),
                number(attribute, "max"),
                choices,
                secret,
                kind == Kind.STRING && LINES.matcher(name).matches());
        boolean required = !attribute.getAttribute("required").equals("false") && !attribute.hasAttribute("default");
        Field field = new Field(setting, kind, required, Math.min(cardinality, Field.LONGEST_LIST));
        return attribute.hasAttribute("default") ? withDefault(field, attribute.getAttribute("default")) : field;
    }

    private static Field withDefault(Field field, String written) {
        Setting setting = field.setting();
        try {
            Object standard = field.fromFile(written);
            return new Field(
                    new Setting(
                            setting.name(),
                            setting.description(),
                            setting.type(),
                            setting.list(),
                            standard,
                            setting.min(),
                            setting.max(),
                            setting.choices(),
                            setting.secret(),
                            setting.lines()),
                    field.kind(),
                    field.required(),
                    field.most());
        } catch (WrongException e) {
            throw new IllegalArgumentException("the default of " + field.name() + " " + e.getMessage(), e);
        }
    }

    private static Kind kind(String name, String type) {
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "boolean" -> Kind.BOOLEAN;
            case "byte" -> Kind.BYTE;
            case "short" -> Kind.SHORT;
            case "integer" -> Kind.INTEGER;
            case "long" -> Kind.LONG;
            case "double", "float" -> Kind.DOUBLE;
            case "character", "char" -> Kind.CHARACTER;
            case "string", "password" -> Kind.STRING;
            default -> throw new IllegalArgumentException(name + " has the unknown type " + type);
        };
    }

    /** What a field without default has. */
    private static Object nothing(Kind kind, boolean list) {
        if (list) {
            return List.of();
        }
        return switch (kind) {
            case BOOLEAN -> false;
            case BYTE, SHORT, INTEGER -> 0;
            case LONG -> 0L;
            case DOUBLE -> 0.0;
            case CHARACTER, STRING -> "";
        };
    }

    private static @Nullable Double number(Element attribute, String name) {
        return attribute.hasAttribute(name) ? (Double) Double.parseDouble(attribute.getAttribute(name)) : null;
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && name.equals(element.getLocalName())) {
                children.add(element);
            }
        }
        return children;
    }

    private static DocumentBuilder parser() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder();
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("every Java reads XML", e);
        }
    }
}
